# Reference sizes, powers and critical effects of two rates and two means, from rpact.
#
#   Rscript validation/rates_means.R tests/reference/rates_means.json
#
# Every case is one call with its arguments; what the call gave is stored to 15 digits.

suppressMessages({library(rpact); library(jsonlite)})

alpha <- 0.025
beta <- 0.1
design_of <- function(name, a = alpha, b = beta) {
  if (name == "fixed") {
    getDesignGroupSequential(kMax = 1, alpha = a, beta = b)
  } else {
    getDesignGroupSequential(kMax = 3, alpha = a, beta = b, typeOfDesign = "asOF")
  }
}
cases <- list()
add <- function(call, design = "fixed", a = alpha, b = beta, ...) {
  input <- list(...)
  plan <- design_of(design, a, b)
  result <- suppressWarnings(do.call(call, c(list(design = plan), input)))
  output <- list()
  for (field in c("nFixed", "nFixed1", "nFixed2", "maxNumberOfSubjects", "overallReject",
                  "criticalValuesEffectScale", "directionUpper")) {
    value <- tryCatch(suppressWarnings(result[[field]]), error = function(e) NULL)
    if (!is.null(value) && !all(is.na(value))) output[[field]] <- value
  }
  if (design != "fixed") {
    shape <- getDesignCharacteristics(plan)
    output$criticalValues <- plan$criticalValues
    output$inflationFactor <- shape$inflationFactor
  }
  cases[[length(cases) + 1]] <<- list(
    id = sprintf("%s_%02d", call, length(cases) + 1), call = call,
    design = list(kind = design, alpha = a, beta = b), input = input, output = output
  )
}

rates <- "getSampleSizeRates"
add(rates, pi1 = 0.5, pi2 = 0.3)
add(rates, pi1 = 0.15, pi2 = 0.3)
add(rates, pi1 = 0.5, pi2 = 0.3, allocationRatioPlanned = 2)
add(rates, pi1 = 0.5, pi2 = 0.3, allocationRatioPlanned = 0.4)
add(rates, pi1 = 0.05, pi2 = 0.02, allocationRatioPlanned = 3, a = 0.05, b = 0.2)
add(rates, pi1 = 0.9, pi2 = 0.9, thetaH0 = -0.1)
add(rates, pi1 = 0.85, pi2 = 0.9, thetaH0 = -0.12, allocationRatioPlanned = 2)
add(rates, pi1 = 0.1, pi2 = 0.1, thetaH0 = 0.05, b = 0.2)
add(rates, pi1 = 0.6, pi2 = 0.3, thetaH0 = 0.1)
add(rates, pi1 = 0.5, pi2 = 0.3, thetaH0 = 1, riskRatio = TRUE)
add(rates, pi1 = 0.3, pi2 = 0.3, thetaH0 = 0.8, riskRatio = TRUE)
add(rates, pi1 = 0.1, pi2 = 0.12, thetaH0 = 1.3, riskRatio = TRUE, allocationRatioPlanned = 1.5)
add(rates, pi1 = 0.7, pi2 = 0.3, thetaH0 = 1.5, riskRatio = TRUE, allocationRatioPlanned = 0.5)
add(rates, groups = 1, thetaH0 = 0.2, pi1 = 0.35)
add(rates, groups = 1, thetaH0 = 0.4, pi1 = 0.25, b = 0.2)
add(rates, groups = 1, thetaH0 = 0.2, pi1 = 0.35, normalApproximation = FALSE)
add(rates, groups = 1, thetaH0 = 0.05, pi1 = 0.2, a = 0.05, b = 0.2, normalApproximation = FALSE)
add(rates, groups = 1, thetaH0 = 0.4, pi1 = 0.25, b = 0.2, normalApproximation = FALSE)
add(rates, "asOF", pi1 = c(0.4, 0.5), pi2 = 0.3, allocationRatioPlanned = 2)
add(rates, "asOF", pi1 = 0.15, pi2 = 0.3)
add(rates, "asOF", pi1 = 0.3, pi2 = 0.3, thetaH0 = -0.1)
add(rates, "asOF", pi1 = 0.3, pi2 = 0.3, thetaH0 = 0.75, riskRatio = TRUE)
add(rates, "asOF", groups = 1, thetaH0 = 0.2, pi1 = 0.35)

power <- "getPowerRates"
add(power, pi1 = c(0.3, 0.4, 0.5), pi2 = 0.3, maxNumberOfSubjects = 200)
add(power, pi1 = c(0.3, 0.4, 0.5), pi2 = 0.3, maxNumberOfSubjects = 200,
    allocationRatioPlanned = 2)
add(power, pi1 = c(0.2, 0.1), pi2 = 0.3, maxNumberOfSubjects = 200, directionUpper = FALSE)
add(power, pi1 = c(0.28, 0.3, 0.35), pi2 = 0.3, thetaH0 = -0.1, maxNumberOfSubjects = 500)
add(power, pi1 = c(0.3, 0.35), pi2 = 0.3, thetaH0 = 0.8, riskRatio = TRUE,
    maxNumberOfSubjects = 600, allocationRatioPlanned = 1.5)
add(power, groups = 1, pi1 = c(0.3, 0.4), thetaH0 = 0.25, maxNumberOfSubjects = 80)

means <- "getSampleSizeMeans"
for (normal in c(FALSE, TRUE)) {
  add(means, alternative = c(0.2, 0.5, 1), stDev = 1, normalApproximation = normal)
  add(means, alternative = 3, stDev = 8, allocationRatioPlanned = 2, b = 0.2,
      normalApproximation = normal)
  add(means, alternative = 0, thetaH0 = -0.4, stDev = 1.2, allocationRatioPlanned = 0.5,
      normalApproximation = normal)
  add(means, groups = 1, alternative = c(0.3, 0.8), stDev = 1, normalApproximation = normal)
  add(means, groups = 1, alternative = 3, thetaH0 = 2, stDev = 2, a = 0.05,
      normalApproximation = normal)
}
add(means, "asOF", alternative = c(0.3, 0.5), stDev = 1, allocationRatioPlanned = 2)
add(means, "asOF", alternative = 0.4, stDev = 1, normalApproximation = TRUE)
add(means, "asOF", groups = 1, alternative = 0.5, thetaH0 = 0.1, stDev = 1)

power <- "getPowerMeans"
for (normal in c(FALSE, TRUE)) {
  add(power, alternative = c(0, 0.3, 0.6), stDev = 1, maxNumberOfSubjects = 80,
      normalApproximation = normal)
  add(power, alternative = c(0, 0.3), thetaH0 = -0.3, stDev = 1.5, maxNumberOfSubjects = 120,
      allocationRatioPlanned = 3, normalApproximation = normal)
  add(power, groups = 1, alternative = c(0.3, 0.6), stDev = 1, maxNumberOfSubjects = 20,
      normalApproximation = normal)
}

path <- commandArgs(trailingOnly = TRUE)[1]
source <- list(
  package = "rpact", version = as.character(packageVersion("rpact")), r = R.version.string,
  made = "Rscript validation/rates_means.R tests/reference/rates_means.json", on = "2026-11-22"
)
write_json(list(source = source, cases = cases), path, auto_unbox = TRUE, digits = 15,
           pretty = TRUE, matrix = "rowmajor")
cat(length(cases), "cases\n")
