# rpact, simulated trials: seconds, and what was estimated, as one JSON object a line.
# Usage: Rscript FILE seed replicates_means replicates_rates replicates_survival \
#          mean_difference risk_control risk_treatment hazard_control hazard_ratio
# Two arms, one to one, alpha 0.025 one-sided, Lan-DeMets O'Brien-Fleming spending:
#   means     500 patients, 5 looks, standard deviation 1, z-test, treatment higher;
#   rates     400 patients, 5 looks, pooled z-test, treatment lower;
#   survival  600 patients even over 12 months, looks at 100, 200 and 300 events, log-rank test,
#             dropout 5% by 12 months in both arms.
suppressMessages(library(rpact))
options(warn = -1)
args <- as.numeric(commandArgs(trailingOnly = TRUE))
arg <- stats::setNames(as.list(args), c(
  "seed", "n_means", "n_rates", "n_survival", "difference", "risk_control", "risk_treatment",
  "hazard_control", "hazard_ratio"
))
five <- getDesignGroupSequential(kMax = 5, alpha = 0.025, sided = 1, typeOfDesign = "asOF")
three <- getDesignGroupSequential(kMax = 3, alpha = 0.025, sided = 1, typeOfDesign = "asOF")

calls <- list(
  means = list(arg$n_means, "expectedNumberOfSubjects", function(n) {
    getSimulationMeans(
      five, groups = 2, alternative = arg$difference, stDev = 1, plannedSubjects = (1:5) * 100,
      maxNumberOfIterations = n, seed = arg$seed
    )
  }),
  rates = list(arg$n_rates, "expectedNumberOfSubjects", function(n) {
    getSimulationRates(
      five, groups = 2, pi1 = arg$risk_treatment, pi2 = arg$risk_control,
      plannedSubjects = (1:5) * 80, directionUpper = FALSE, maxNumberOfIterations = n,
      seed = arg$seed
    )
  }),
  survival = list(arg$n_survival, "expectedNumberOfEvents", function(n) {
    getSimulationSurvival(
      three, lambda2 = arg$hazard_control, hazardRatio = arg$hazard_ratio, accrualTime = c(0, 12),
      maxNumberOfSubjects = 600, plannedEvents = (1:3) * 100, dropoutRate1 = 0.05,
      dropoutRate2 = 0.05, dropoutTime = 12, directionUpper = FALSE, maxNumberOfIterations = n,
      seed = arg$seed
    )
  })
)

for (name in names(calls)) {
  replicates <- calls[[name]][[1]]
  task <- calls[[name]][[3]]
  invisible(task(100)) # warm-up
  gc()
  taken <- system.time(result <- task(replicates))
  cat(sprintf(
    '{"name": "%s", "replicates": %d, "cpu_seconds": %.6f, "seconds": %.6f, ',
    name, replicates, taken[["user.self"]] + taken[["sys.self"]], taken[["elapsed"]]
  ), sprintf(
    '"power": %.6f, "%s": %.6f}\n', result$overallReject,
    if (name == "survival") "expected_events" else "expected_n", result[[calls[[name]][[2]]]]
  ), sep = "")
}
