# Reference cases for tests/reference/test_survival_trials.py, made with rpact.
#
#   Rscript validation/survival_trials.R > tests/reference/survival_trials.json
#
# Arm 1 is treatment, arm 2 control. Dropout rates are probabilities by dropoutTime.

suppressMessages(library(rpact))

json <- function(x) {
  if (is.list(x)) {
    inner <- vapply(x, json, "")
    if (is.null(names(x))) return(paste0("[", paste(inner, collapse = ", "), "]"))
    return(paste0("{", paste0('"', names(x), '": ', inner, collapse = ", "), "}"))
  }
  if (is.matrix(x)) return(json(lapply(seq_len(nrow(x)), function(i) as.list(x[i, ]))))
  one <- if (is.character(x)) paste0('"', x, '"') else {
    ifelse(is.na(x), "null", formatC(as.numeric(x), digits = 17, format = "g", width = 1))
  }
  if (length(x) == 1) one else paste0("[", paste(one, collapse = ", "), "]")
}

of <- list(
  getSampleSizeSurvival = c(
    "eventsFixed", "nFixed", "maxNumberOfEvents", "maxNumberOfSubjects", "totalAccrualTime",
    "followUpTime", "analysisTime", "eventsPerStage", "numberOfSubjects",
    "criticalValuesEffectScale"
  ),
  getPowerSurvival = c(
    "overallReject", "analysisTime", "eventsPerStage", "numberOfSubjects", "maxNumberOfSubjects",
    "criticalValuesEffectScale"
  ),
  getEventProbabilities = c(
    "maxNumberOfSubjects", "cumulativeEventProbabilities", "eventProbabilities1",
    "eventProbabilities2"
  )
)

case <- function(id, call, ..., design = NULL) {
  args <- list(...)
  with_design <- args
  extra <- list()
  if (!is.null(design)) {
    made <- do.call(getDesignGroupSequential, design)
    with_design <- c(list(design = made), args)
    extra <- list(
      criticalValues = made$criticalValues, informationRates = made$informationRates,
      squaredDrift = getDesignCharacteristics(made)$shift
    )
  }
  result <- suppressMessages(do.call(call, with_design))
  output <- list()
  for (name in of[[call]]) {
    value <- result[[name]]
    if (!is.null(value) && length(value) > 0 && !all(is.na(value))) output[[name]] <- value
  }
  list(id = id, call = call, design = design, input = args, output = c(output, extra))
}

size <- function(id, ...) case(id, "getSampleSizeSurvival", ...)
power <- function(id, ...) case(id, "getPowerSurvival", ..., directionUpper = FALSE)
events <- function(id, ...) case(id, "getEventProbabilities", ...)
three <- list(kMax = 3, alpha = 0.025, beta = 0.1, typeOfDesign = "asOF")
uneven <- list(
  alpha = 0.025, beta = 0.2, typeOfDesign = "asP", informationRates = c(0.4, 0.75, 1)
)

cases <- list(
  # expected events
  events("ep_plain", time = c(3, 10, 12, 30, 90), lambda2 = 0.05, hazardRatio = 0.7,
    accrualTime = c(0, 12), accrualIntensity = 25),
  events("ep_dropout", time = c(1, 6, 13, 40), lambda2 = 0.08, lambda1 = 0.03,
    accrualTime = c(0, 6, 12), accrualIntensity = c(10, 30), allocationRatioPlanned = 2,
    dropoutRate1 = 0.05, dropoutRate2 = 0.1),
  events("ep_piecewise", time = c(2, 7, 15, 24, 60), piecewiseSurvivalTime = c(0, 3, 9, 20),
    lambda2 = c(0.01, 0.09, 0.04, 0.2), hazardRatio = 0.65, accrualTime = c(0, 2, 5, 18),
    accrualIntensity = c(4, 9, 31), allocationRatioPlanned = 0.5, dropoutRate1 = 0.2,
    dropoutRate2 = 0.02, dropoutTime = 24),
  events("ep_two_curves", time = c(4, 16, 50), piecewiseSurvivalTime = c(0, 6),
    lambda2 = c(0.05, 0.02), lambda1 = c(0.05, 0.008), accrualTime = c(0, 10),
    accrualIntensity = 20, dropoutRate1 = 0.1, dropoutRate2 = 0.1),
  events("ep_rare", time = c(12, 36, 72), lambda2 = 2e-4, hazardRatio = 0.5,
    accrualTime = c(0, 24), accrualIntensity = 400, dropoutRate1 = 0.03, dropoutRate2 = 0.03),
  # fixed designs: accrual and follow-up given, the intensity sought
  size("fix_plain", alpha = 0.025, beta = 0.2, lambda2 = 0.04, hazardRatio = 0.7,
    accrualTime = c(0, 18), followUpTime = 12),
  size("fix_unequal", alpha = 0.025, beta = 0.1, lambda2 = 0.04, hazardRatio = 0.6,
    accrualTime = c(0, 18), followUpTime = 9, allocationRatioPlanned = 2, dropoutRate1 = 0.1,
    dropoutRate2 = 0.05),
  size("fix_null", alpha = 0.025, beta = 0.1, lambda2 = 0.03, hazardRatio = 0.9, thetaH0 = 1.3,
    accrualTime = c(0, 20), followUpTime = 16, allocationRatioPlanned = 1.5),
  size("fix_superior_null", alpha = 0.05, beta = 0.2, lambda2 = 0.06, hazardRatio = 0.55,
    thetaH0 = 0.9, accrualTime = c(0, 10), followUpTime = 10),
  size("fix_piecewise", alpha = 0.025, beta = 0.15, piecewiseSurvivalTime = c(0, 4, 10),
    lambda2 = c(0.02, 0.07, 0.03), hazardRatio = 0.72, accrualTime = c(0, 14), followUpTime = 11,
    dropoutRate1 = 0.07, dropoutRate2 = 0.12, dropoutTime = 18),
  size("fix_relative", alpha = 0.025, beta = 0.1, lambda2 = 0.05, hazardRatio = 0.7,
    accrualTime = c(0, 3, 9, 18), accrualIntensity = c(0.1, 0.3, 0.6),
    accrualIntensityType = "relative", followUpTime = 12, dropoutRate1 = 0.04,
    dropoutRate2 = 0.04),
  size("fix_freedman", alpha = 0.025, beta = 0.1, typeOfComputation = "Freedman", lambda2 = 0.05,
    hazardRatio = 0.65, accrualTime = c(0, 12), followUpTime = 18, allocationRatioPlanned = 2),
  size("fix_freedman_less", alpha = 0.025, beta = 0.2, typeOfComputation = "Freedman",
    lambda2 = 0.03, hazardRatio = 0.8, accrualTime = c(0, 24), followUpTime = 12,
    allocationRatioPlanned = 0.5, dropoutRate1 = 0.1, dropoutRate2 = 0.2),
  size("fix_hsieh", alpha = 0.025, beta = 0.1, typeOfComputation = "HsiehFreedman",
    lambda2 = 0.05, hazardRatio = 0.65, accrualTime = c(0, 12), followUpTime = 18,
    allocationRatioPlanned = 3),
  # fixed designs: patients given, the follow-up sought
  size("fix_patients", alpha = 0.025, beta = 0.2, lambda2 = 0.05, hazardRatio = 0.7,
    accrualTime = c(0, 5, 15), accrualIntensity = c(10, 35), dropoutRate1 = 0.02,
    dropoutRate2 = 0.02),
  size("fix_more_patients", alpha = 0.025, beta = 0.2, piecewiseSurvivalTime = c(0, 12),
    lambda2 = c(0.06, 0.02), hazardRatio = 0.68, accrualTime = c(0, 6), accrualIntensity = c(8, 25),
    maxNumberOfSubjects = 450, allocationRatioPlanned = 2),
  # fixed design: intensity and follow-up given, the end of accrual sought
  size("fix_accrual", alpha = 0.025, beta = 0.2, lambda2 = 0.05, hazardRatio = 0.7,
    accrualTime = c(0), accrualIntensity = 22, followUpTime = 9),
  size("fix_accrual_pieces", alpha = 0.025, beta = 0.2, lambda2 = 0.06, hazardRatio = 0.7,
    accrualTime = c(0, 4, 8), accrualIntensity = c(5, 15, 30), followUpTime = 7,
    dropoutRate1 = 0.05, dropoutRate2 = 0.1),
  # group-sequential designs
  size("gs_plain", design = three, lambda2 = 0.05, hazardRatio = 0.72, accrualTime = c(0, 16),
    followUpTime = 14),
  size("gs_piecewise", design = uneven, piecewiseSurvivalTime = c(0, 5, 11),
    lambda2 = c(0.03, 0.08, 0.02), hazardRatio = 0.7, accrualTime = c(0, 4, 20),
    accrualIntensity = c(12, 40), allocationRatioPlanned = 2, dropoutRate1 = 0.03,
    dropoutRate2 = 0.06),
  size("gs_freedman", design = uneven, typeOfComputation = "Freedman", lambda2 = 0.04,
    hazardRatio = 0.75, accrualTime = c(0, 20), followUpTime = 10, dropoutRate1 = 0.08,
    dropoutRate2 = 0.02),
  size("gs_null", design = three, lambda2 = 0.02, hazardRatio = 1, thetaH0 = 1.4,
    accrualTime = c(0, 24), followUpTime = 24, allocationRatioPlanned = 0.75),
  # power: events and patients given
  power("pow_plain", design = three, lambda2 = 0.05, hazardRatio = c(0.5, 0.7, 0.9),
    accrualTime = c(0, 15), maxNumberOfSubjects = 400, maxNumberOfEvents = 200),
  power("pow_dropout", design = uneven, lambda2 = 0.05, hazardRatio = c(0.6, 0.8, 1),
    accrualTime = c(0, 6, 12), accrualIntensity = c(10, 40), maxNumberOfEvents = 120,
    allocationRatioPlanned = 2, dropoutRate1 = 0.15, dropoutRate2 = 0.1),
  power("pow_piecewise", design = three, piecewiseSurvivalTime = c(0, 6, 18),
    lambda2 = c(0.02, 0.06, 0.01), hazardRatio = c(0.65, 0.85), accrualTime = c(0, 3, 14),
    accrualIntensity = c(7, 33), maxNumberOfEvents = 130, dropoutRate1 = 0.05,
    dropoutRate2 = 0.05, dropoutTime = 6),
  power("pow_fixed", alpha = 0.025, lambda2 = 0.04, hazardRatio = c(0.6, 0.75),
    accrualTime = c(0, 12), maxNumberOfSubjects = 350, maxNumberOfEvents = 150,
    allocationRatioPlanned = 1.5),
  power("pow_freedman", alpha = 0.025, typeOfComputation = "Freedman", lambda2 = 0.04,
    hazardRatio = c(0.6, 0.75), accrualTime = c(0, 12), maxNumberOfSubjects = 350,
    maxNumberOfEvents = 150, allocationRatioPlanned = 2),
  power("pow_null", alpha = 0.025, thetaH0 = 1.25, lambda2 = 0.04, hazardRatio = c(0.8, 0.95, 1.1),
    accrualTime = c(0, 12), maxNumberOfSubjects = 500, maxNumberOfEvents = 240)
)

source <- list(
  package = "rpact", version = as.character(packageVersion("rpact")), r = R.version.string,
  made = "Rscript validation/survival_trials.R > tests/reference/survival_trials.json"
)
cat("{\n\"source\": ", json(source), ",\n\"cases\": [\n", sep = "")
cat(paste(vapply(cases, function(x) {
  json(x[!vapply(x, is.null, TRUE)])
}, ""), collapse = ",\n"))
cat("\n]}\n")
