# Reference values for simulated trials and for weighted log-rank tests, from survival and rpact.
#
#   Rscript validation/simulation.R tests/reference
#
# Writes simulation.json and veteran.csv there. Three kinds of value, kept apart in the file:
#   tests        weighted log-rank tests and Cox fits on patients' data;
#   simulations  trials simulated by rpact, with the standard deviations a comparison needs;
#   analytic     the same designs without simulation: rpact's recursions, and the exact distribution
#                of two binomial counts; `exact` says whether the number is one to converge to.
# One set of simulations is not rpact's: see `simulated_t` below. Takes seven minutes.

suppressMessages({library(survival); library(rpact); library(jsonlite)})
options(warn = -1)

where <- commandArgs(trailingOnly = TRUE)[1]
FEW <- as.numeric(Sys.getenv("SCALE", "1")) # a fraction, to try the script out
SEED <- 20261122
SUMMARY_TRIALS <- round(200000 * FEW) # trials from arm summaries
PATIENT_TRIALS <- round(50000 * FEW) # trials from patients

# ---- tests on patients' data ---------------------------------------------------------------------

weights <- list(c(0, 0), c(0.5, 0), c(1, 0), c(0, 1), c(1, 1), c(0.5, 0.5), c(0, 0.5))

# One row for each event time of a stratum, pooled survival just before it.
event_table <- function(time, event, arm, stratum) {
  one <- function(rows) {
    pooled <- survfit(Surv(time[rows], event[rows]) ~ 1)
    s_before <- c(1, pooled$surv)[seq_along(pooled$time)]
    had_event <- pooled$n.event > 0
    t <- pooled$time[had_event]
    data.frame(
      s = s_before[had_event], n = pooled$n.risk[had_event], d = pooled$n.event[had_event],
      n1 = vapply(t, function(at) sum(time[rows] >= at & arm[rows] == 1), 0),
      d1 = vapply(t, function(at) sum(time[rows] == at & event[rows] & arm[rows] == 1), 0)
    )
  }
  do.call(rbind, lapply(split(seq_along(time), stratum), one))
}

# Fleming-Harrington G(rho, gamma): weight S(t-)^rho (1 - S(t-))^gamma; exp and var hypergeometric.
weighted_tests <- function(time, event, arm, stratum) {
  table <- event_table(time, event, arm, stratum)
  cell <- with(table, ifelse(n > 1, d * n1 * (n - n1) * (n - d) / (n^2 * (n - 1)), 0))
  weight_of <- function(w) table$s^w[1] * (1 - table$s)^w[2]
  one <- function(w) {
    weight <- weight_of(w)
    obs <- c(sum(weight * (table$d - table$d1)), sum(weight * table$d1))
    exp1 <- sum(weight * table$d * table$n1 / table$n)
    var <- sum(weight^2 * cell)
    list(
      rho = w[1], gamma = w[2], obs = obs, exp = c(sum(weight * table$d) - exp1, exp1), var = var,
      z = (obs[2] - exp1) / sqrt(var), chisq = (obs[2] - exp1)^2 / var,
      by = "survfit and sums"
    )
  }
  covariance <- sapply(weights, function(a) {
    sapply(weights, function(b) sum(weight_of(a) * weight_of(b) * cell))
  })
  list(tests = lapply(weights, one), covariance = covariance)
}

tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)

answers <- function(time, event, arm, stratum = NULL) {
  none <- is.null(stratum)
  own <- weighted_tests(time, event, arm, if (none) rep(1, length(time)) else stratum)
  total <- function(x) if (is.matrix(x)) rowSums(x) else x
  for (i in seq_along(weights)) {
    if (weights[[i]][2] > 0) next
    rho <- weights[[i]][1]
    fit <- if (none) survdiff(Surv(time, event) ~ arm, rho = rho) else
      survdiff(Surv(time, event) ~ arm + strata(stratum), rho = rho)
    mine <- own$tests[[i]]
    stopifnot(
      all.equal(unname(total(fit$obs)), mine$obs, tolerance = 1e-10),
      all.equal(unname(total(fit$exp)), mine$exp, tolerance = 1e-10),
      all.equal(fit$var[2, 2], mine$var, tolerance = 1e-10),
      all.equal(fit$chisq, mine$chisq, tolerance = 1e-10)
    )
    own$tests[[i]] <- list(
      rho = rho, gamma = 0, obs = unname(total(fit$obs)), exp = unname(total(fit$exp)),
      var = fit$var[2, 2], z = mine$z, chisq = fit$chisq, by = "survdiff"
    )
  }
  cox <- function(ties) {
    fit <- if (none) coxph(Surv(time, event) ~ arm, ties = ties, control = tight) else
      coxph(Surv(time, event) ~ arm + strata(stratum), ties = ties, control = tight)
    list(log_hazard_ratio = unname(coef(fit)), se = sqrt(fit$var[1, 1]), score = fit$score)
  }
  c(own, list(efron = cox("efron"), breslow = cox("breslow")))
}

old <- as.integer(lung$age >= 65)
months <- ceiling(veteran$time / 30)
tests <- list(
  list(
    id = "lung", file = "lung.csv", arm = "sex - 1", event = "status == 2",
    output = answers(lung$time, lung$status == 2, lung$sex - 1)
  ),
  list(
    id = "lung_by_age", file = "lung.csv", arm = "sex - 1", event = "status == 2", stratum = old,
    stratum_means = "1 where age is 65 or more, in the order of the file",
    output = answers(lung$time, lung$status == 2, lung$sex - 1, old)
  ),
  list(
    id = "veteran", file = "veteran.csv", arm = "trt - 1", event = "status == 1",
    output = answers(veteran$time, veteran$status == 1, veteran$trt - 1)
  ),
  list(
    id = "veteran_by_cell", file = "veteran.csv", arm = "trt - 1", event = "status == 1",
    stratum_means = "celltype",
    output = answers(veteran$time, veteran$status == 1, veteran$trt - 1, veteran$celltype)
  ),
  list(
    id = "veteran_months", file = "veteran.csv", arm = "trt - 1", event = "status == 1",
    time = "ceil(time / 30): many ties",
    output = answers(months, veteran$status == 1, veteran$trt - 1)
  ),
  list(
    id = "veteran_months_by_cell", file = "veteran.csv", arm = "trt - 1", event = "status == 1",
    time = "ceil(time / 30): many ties", stratum_means = "celltype",
    output = answers(months, veteran$status == 1, veteran$trt - 1, veteran$celltype)
  )
)

writeLines(c(
  "# Veterans' Administration lung cancer trial: Kalbfleisch and Prentice (1980), The Statistical",
  paste0("# Analysis of Failure Time Data; data set `veteran` of the R package survival, version ",
         packageVersion("survival")),
  "# time in days; status 0 censored, 1 dead; trt 1 standard, 2 test",
  "time,status,trt,celltype",
  with(veteran, paste(time, status, trt, celltype, sep = ","))
), file.path(where, "veteran.csv"))

# ---- simulated trials ----------------------------------------------------------------------------

five <- list(kMax = 5, alpha = 0.025, sided = 1, typeOfDesign = "asOF")
three <- list(kMax = 3, alpha = 0.025, sided = 1, typeOfDesign = "asOF")
with_futility <- c(five, list(futilityBounds = c(-0.5, 0, 0.25, 0.5)))
one_look <- list(kMax = 1, alpha = 0.025, sided = 1)
only_last <- list(kMax = 3, alpha = 0.025, sided = 1, typeOfDesign = "noEarlyEfficacy")

simulations <- list()
analytic <- list()

as_values <- function(object, names) {
  out <- lapply(names, function(n) as.vector(object[[n]]))
  out <- stats::setNames(out, names)
  out[vapply(out, function(x) length(x) > 0 && !all(is.na(x)), TRUE)]
}

keep <- function(id, call, by, design, input, output, spread = NULL, trials = NULL) {
  made <- do.call(getDesignGroupSequential, design)
  case <- list(
    id = id, call = call, by = by, design = design, input = input, trials = trials,
    seed = if (!is.null(trials)) SEED, critical_values = made$criticalValues, output = output,
    spread = spread
  )
  case[!vapply(case, is.null, TRUE)]
}

simulate <- function(id, call, design, ..., trials) {
  input <- list(...)
  made <- do.call(getDesignGroupSequential, design)
  result <- suppressMessages(do.call(
    call, c(list(design = made), input, list(maxNumberOfIterations = trials, seed = SEED))
  ))
  data <- getData(result)
  output <- as_values(result, c(
    "overallReject", "rejectPerStage", "futilityPerStage", "earlyStop", "expectedNumberOfSubjects",
    "expectedNumberOfEvents", "iterations", "sampleSizes", "analysisTime", "studyDuration",
    "maxNumberOfSubjects", "numberOfSubjects", "overallEventsPerStage", "eventsNotAchieved",
    "lambda1", "lambda2", "hazardRatio"
  ))
  last <- data[!duplicated(data$iterationNumber, fromLast = TRUE), ]
  by_stage <- function(x, f) unname(vapply(split(x, data$stageNumber), f, 0))
  spread <- list(
    z_mean = by_stage(data$testStatistic, mean), z_sd = by_stage(data$testStatistic, stats::sd)
  )
  if (call == "getSimulationSurvival") {
    spread <- c(spread, list(
      study_duration_sd = stats::sd(last$analysisTime),
      subjects_sd = stats::sd(last$numberOfSubjects),
      events_sd = stats::sd(last$stageNumber * 100),
      analysis_time_sd = by_stage(data$analysisTime, stats::sd),
      subjects_at_look_sd = by_stage(data$numberOfSubjects, stats::sd),
      events_arm1_mean = by_stage(data$overallEvents1, mean),
      events_arm1_sd = by_stage(data$overallEvents1, stats::sd),
      log_hazard_ratio_mean = by_stage(log(data$hazardRatioEstimateLR), mean),
      log_hazard_ratio_sd = by_stage(log(data$hazardRatioEstimateLR), stats::sd)
    ))
    if (identical(design, only_last)) {
      z <- matrix(data$testStatistic, ncol = 3, byrow = TRUE)
      stopifnot(all(matrix(data$stageNumber, ncol = 3, byrow = TRUE)[1, ] == 1:3))
      spread$z_correlation <- stats::cor(z)
    }
  } else {
    spread$subjects_sd <- stats::sd(last$numberOfCumulatedSubjects)
  }
  simulations[[length(simulations) + 1]] <<- keep(
    id, call, "rpact", design, input, output, spread, trials
  )
  cat(id, format(Sys.time(), "%H:%M:%S"), "\n")
}

recursion <- function(id, call, design, ...) {
  input <- list(...)
  made <- do.call(getDesignGroupSequential, design)
  result <- suppressMessages(do.call(call, c(list(design = made), input)))
  output <- as_values(result, c(
    "overallReject", "rejectPerStage", "futilityPerStage", "earlyStop", "expectedNumberOfSubjects",
    "expectedNumberOfEvents", "analysisTime", "studyDuration", "maxStudyDuration", "eventsPerStage",
    "numberOfSubjects", "maxNumberOfSubjects", "expectedNumberOfSubjectsH1", "lambda1", "lambda2"
  ))
  # Normal statistics of known variance, or a single look: these numbers are exact.
  is_exact <- call == "getPowerMeans" && (isTRUE(input$normalApproximation) || design$kMax == 1)
  analytic[[length(analytic) + 1]] <<- c(
    keep(id, call, "rpact", design, input, output), list(exact = is_exact)
  )
}

# Stopping probabilities of two binomial arms, by summing over the counts; z pooled or Fisher.
exact_rates <- function(id, design, pi1, pi2, planned, test) {
  made <- do.call(getDesignGroupSequential, design)
  critical <- made$criticalValues
  futility <- c(made$futilityBounds, -Inf)
  futility[futility <= -6] <- -Inf
  steps <- diff(c(0, planned)) / 2
  state <- matrix(1, 1, 1)
  reject <- futile <- numeric(length(planned))
  size <- 0
  for (k in seq_along(planned)) {
    grow <- function(p) outer(0:(size + steps[k]), 0:size, function(new, was) {
      stats::dbinom(new - was, steps[k], p)
    })
    state <- grow(pi1) %*% state %*% t(grow(pi2)) # rows arm 1, columns arm 2
    size <- size + steps[k]
    e1 <- matrix(0:size, size + 1, size + 1)
    e2 <- t(e1)
    if (test == "z") {
      pooled <- (e1 + e2) / (2 * size)
      z <- (e2 - e1) / size / sqrt(pooled * (1 - pooled) * 2 / size)
      z[e1 == e2] <- 0
    } else {
      z <- stats::qnorm(
        stats::phyper(e1, e1 + e2, 2 * size - e1 - e2, size, log.p = TRUE), lower.tail = FALSE,
        log.p = TRUE
      )
    }
    wins <- z >= critical[k]
    loses <- !wins & z <= futility[k] & is.finite(futility[k])
    reject[k] <- sum(state[wins])
    futile[k] <- sum(state[loses])
    state[wins | loses] <- 0
  }
  goes_on <- 1 - cumsum(reject + futile)[-length(planned)]
  made <- keep(
    id, "exact_rates", "sums over binomial counts", design,
    list(pi1 = pi1, pi2 = pi2, plannedSubjects = planned, test = test, directionUpper = FALSE),
    list(
      overallReject = sum(reject), rejectPerStage = reject,
      futilityPerStage = futile[-length(planned)],
      expectedNumberOfSubjects = sum(diff(c(0, planned)) * c(1, goes_on))
    )
  )
  analytic[[length(analytic) + 1]] <<- c(made, list(exact = TRUE))
}

# rpact adds up stagewise t statistics; this is the t test of all patients so far, judged by its
# p-value. Arm means and pooled sums of squares are simulated, not patients.
simulated_t <- function(id, design, alternative, planned, trials) {
  set.seed(SEED)
  made <- do.call(getDesignGroupSequential, design)
  per_arm <- diff(c(0, planned)) / 2
  sum1 <- sum2 <- square1 <- square2 <- numeric(trials)
  n <- 0
  alive <- rep(TRUE, trials)
  reject <- numeric(length(planned))
  stopped_at <- rep(planned[length(planned)], trials)
  for (k in seq_along(planned)) {
    m <- per_arm[k]
    mean1 <- stats::rnorm(trials, alternative, 1 / sqrt(m))
    mean2 <- stats::rnorm(trials, 0, 1 / sqrt(m))
    sum1 <- sum1 + m * mean1
    sum2 <- sum2 + m * mean2
    square1 <- square1 + m * mean1^2 + stats::rchisq(trials, m - 1)
    square2 <- square2 + m * mean2^2 + stats::rchisq(trials, m - 1)
    n <- n + m
    within <- square1 - sum1^2 / n + square2 - sum2^2 / n
    t <- (sum1 - sum2) / n / sqrt(within / (2 * n - 2) * 2 / n)
    wins <- alive & stats::pt(t, 2 * n - 2, lower.tail = FALSE) <=
      stats::pnorm(made$criticalValues[k], lower.tail = FALSE)
    reject[k] <- mean(wins)
    stopped_at[wins] <- planned[k]
    alive <- alive & !wins
  }
  simulations[[length(simulations) + 1]] <<- keep(
    id, "simulated_t", "this script", design,
    list(alternative = alternative, stDev = 1, plannedSubjects = planned),
    list(
      overallReject = sum(reject), rejectPerStage = reject,
      expectedNumberOfSubjects = mean(stopped_at)
    ),
    list(subjects_sd = stats::sd(stopped_at)), trials
  )
  cat(id, format(Sys.time(), "%H:%M:%S"), "\n")
}

# Two rates: 400 patients, 80 a look, 25% in control; fewer is better.
looks <- (1:5) * 80
for (pi1 in c(0.15, 0.25)) {
  tag <- if (pi1 == 0.15) "benefit" else "null"
  for (normal in c(TRUE, FALSE)) {
    simulate(
      paste("rates", tag, if (normal) "z" else "fisher", sep = "_"), "getSimulationRates", five,
      groups = 2, pi1 = pi1, pi2 = 0.25, plannedSubjects = looks, directionUpper = FALSE,
      normalApproximation = normal, trials = SUMMARY_TRIALS
    )
    exact_rates(
      paste("rates", tag, if (normal) "z" else "fisher", sep = "_"), five, pi1, 0.25, looks,
      if (normal) "z" else "fisher"
    )
  }
  simulate(
    paste("rates", tag, "futility", sep = "_"), "getSimulationRates", with_futility, groups = 2,
    pi1 = pi1, pi2 = 0.25, plannedSubjects = looks, directionUpper = FALSE, trials = SUMMARY_TRIALS
  )
  exact_rates(paste("rates", tag, "futility", sep = "_"), with_futility, pi1, 0.25, looks, "z")
  recursion(
    paste("rates", tag, "asymptotic", sep = "_"), "getPowerRates", five, groups = 2, pi1 = pi1,
    pi2 = 0.25, maxNumberOfSubjects = 400, directionUpper = FALSE
  )
}

# Two means: 500 patients, 100 a look, standard deviation 1; more is better.
looks <- (1:5) * 100
for (effect in c(0.3, 0)) {
  tag <- if (effect > 0) "benefit" else "null"
  for (normal in c(TRUE, FALSE)) {
    simulate(
      paste("means", tag, if (normal) "z" else "t_stagewise", sep = "_"), "getSimulationMeans",
      five, groups = 2, alternative = effect, stDev = 1, plannedSubjects = looks,
      normalApproximation = normal, trials = SUMMARY_TRIALS
    )
    recursion(
      paste("means", tag, if (normal) "z" else "t", sep = "_"), "getPowerMeans", five, groups = 2,
      alternative = effect, stDev = 1, maxNumberOfSubjects = 500, normalApproximation = normal
    )
  }
  simulated_t(
    paste("means", tag, "t_cumulative", sep = "_"), five, effect, looks, 5 * SUMMARY_TRIALS
  )
  simulate(
    paste("means", tag, "t_one_look", sep = "_"), "getSimulationMeans", one_look, groups = 2,
    alternative = 2 * effect, stDev = 1, plannedSubjects = 60, normalApproximation = FALSE,
    trials = SUMMARY_TRIALS
  )
  recursion(
    paste("means", tag, "t_one_look", sep = "_"), "getPowerMeans", one_look, groups = 2,
    alternative = 2 * effect, stDev = 1, maxNumberOfSubjects = 60, normalApproximation = FALSE
  )
}

# Survival: 600 patients over 12 months, looks at 100, 200 and 300 events, dropout 5% by 12 months.
# Arm 1 is treatment. In rpact patient i of an even accrual enters at i / 50 exactly and the arms
# take turns. `..._all_looks` goes on to the last look, so its looks are of all trials.
plan <- list(
  accrualTime = c(0, 12), maxNumberOfSubjects = 600, dropoutRate1 = 0.05, dropoutRate2 = 0.05,
  dropoutTime = 12, directionUpper = FALSE
)
hazards <- list(
  hr07 = list(lambda2 = log(2) / 12, hazardRatio = 0.7),
  null = list(lambda2 = log(2) / 12, hazardRatio = 1),
  piecewise = list(
    piecewiseSurvivalTime = c(0, 4, 10), lambda2 = c(0.03, 0.08, 0.05), hazardRatio = 0.7
  ),
  weibull = list(lambda2 = 0.06, hazardRatio = 0.7, kappa = 1.5),
  delayed = list(
    piecewiseSurvivalTime = c(0, 6), lambda2 = c(0.06, 0.06), lambda1 = c(0.06, 0.033)
  )
)
survival_case <- function(name, curve, plan) {
  for (design in list(three, only_last)) {
    all_looks <- identical(design, only_last)
    do.call(simulate, c(
      list(
        paste0("survival_", name, if (all_looks) "_all_looks" else ""), "getSimulationSurvival",
        design, plannedEvents = c(100, 200, 300)
      ), curve, plan, list(trials = PATIENT_TRIALS)
    ))
  }
}
for (name in names(hazards)) survival_case(name, hazards[[name]], plan)
# Two to one, accrual in three steps, unequal dropout.
ramp <- list(
  accrualTime = c(0, 3, 6, 12), accrualIntensity = c(20, 50, 65), allocation1 = 2, allocation2 = 1,
  dropoutRate1 = 0.05, dropoutRate2 = 0.1, dropoutTime = 12, directionUpper = FALSE
)
survival_case("two_to_one", hazards$hr07, ramp)

# rpact has no recursion for Weibull times with dropout, nor for hazards that are not proportional.
for (name in c("hr07", "null", "piecewise")) {
  do.call(recursion, c(
    list(paste0("survival_", name), "getPowerSurvival", three, maxNumberOfEvents = 300),
    hazards[[name]], plan
  ))
}
do.call(recursion, c(
  list(
    "survival_two_to_one", "getPowerSurvival", three, maxNumberOfEvents = 300,
    allocationRatioPlanned = 2
  ),
  hazards$hr07, ramp[!names(ramp) %in% c("allocation1", "allocation2")]
))

# Expected share of patients with an event by a calendar time: no simulation, no looks.
times <- c(3, 6, 9, 12, 15, 18, 21, 24, 36)
shares_by_integration <- function(lambda, kappa) {
  dropout <- -log(1 - plan$dropoutRate1) / plan$dropoutTime
  density <- function(u) {
    kappa * lambda^kappa * u^(kappa - 1) * exp(-(lambda * u)^kappa - dropout * u)
  }
  precise <- function(f, from, to) {
    integrate(f, from, to, rel.tol = 1e-11, subdivisions = 1000)$value
  }
  by <- function(x) vapply(x, function(at) if (at > 0) precise(density, 0, at) else 0, 0)
  vapply(times, function(t) precise(function(e) by(t - e), 0, min(12, t)) / 12, 0)
}
shares <- lapply(names(hazards), function(name) {
  curve <- hazards[[name]]
  input <- c(list(time = times), curve, plan[names(plan) != "directionUpper"])
  if (name == "weibull") {
    one <- shares_by_integration(curve$lambda2 * curve$hazardRatio^(1 / curve$kappa), curve$kappa)
    two <- shares_by_integration(curve$lambda2, curve$kappa)
    return(list(
      id = "survival_weibull", call = "shares_by_integration", by = "this script", input = input,
      output = list(
        cumulativeEventProbabilities = (one + two) / 2, eventProbabilities1 = one,
        eventProbabilities2 = two
      )
    ))
  }
  made <- suppressMessages(do.call(getEventProbabilities, input))
  if (name == "hr07") {
    stopifnot(all.equal(
      shares_by_integration(curve$lambda2, 1), as.vector(made$eventProbabilities2), tolerance = 1e-9
    ))
  }
  list(
    id = paste0("survival_", name), call = "getEventProbabilities", by = "rpact", input = input,
    output = as_values(made, c(
      "cumulativeEventProbabilities", "eventProbabilities1", "eventProbabilities2"
    ))
  )
})

source <- list(
  packages = list(
    survival = as.character(packageVersion("survival")),
    rpact = as.character(packageVersion("rpact"))
  ),
  r = R.version.string, made = "Rscript validation/simulation.R tests/reference",
  on = format(Sys.Date()),
  arm = "arm 1 is treatment; in `tests` obs and exp are of arm 0 then arm 1, z < 0 is benefit",
  spread = "standard deviations of one trial, not of the mean; z > 0 is benefit in `simulations`",
  critical_values = "null where no boundary can be crossed",
  notes = c(
    paste(
      "means_*_t_stagewise: rpact adds the stages' own t statistics, weighted by the root of their",
      "size, and judges the sum by the t distribution of all patients; this rejects a little too",
      "often. means_*_t_cumulative is the t test of all patients so far."
    ),
    "means_*_t in analytic, five looks: an approximation; its look 2 is 0.004 above t_cumulative.",
    paste(
      "survival_*: entry is evenly spaced and the arms take turns. Entry at random spreads the first",
      "look of survival_hr07 more (0.484 for 0.457) and leaves the power as it is."
    ),
    paste(
      "survival_* in analytic: Schoenfeld's approximation. With two to one it is too low:",
      "0.825 for 0.839 simulated; a simulation apart from rpact gave 0.840 (80,000 trials)."
    )
  )
)
write_json(
  list(
    source = source,
    weights = lapply(weights, function(w) list(rho = w[1], gamma = w[2])),
    tests = tests, simulations = simulations, analytic = analytic, expected_events = shares
  ),
  file.path(where, "simulation.json"), auto_unbox = TRUE, digits = 15, null = "null", na = "null",
  pretty = TRUE, matrix = "rowmajor"
)
cat(length(tests), "tests,", length(simulations), "simulations,", length(analytic), "analytic\n")
