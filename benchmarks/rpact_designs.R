# rpact, group-sequential designs: seconds per call, one JSON object a line. Usage: Rscript FILE
suppressMessages(library(rpact))
options(warn = -1)
as_of <- getDesignGroupSequential(kMax = 5, alpha = 0.025, beta = 0.1, typeOfDesign = "asOF")

calls <- list(
  design_k5_asOF = list(20, function() getDesignGroupSequential(kMax = 5, alpha = 0.025, typeOfDesign = "asOF")),
  design_k5_OF = list(20, function() getDesignGroupSequential(kMax = 5, alpha = 0.025, typeOfDesign = "OF")),
  design_k5_asOF_bsHSD = list(5, function() {
    getDesignGroupSequential(
      kMax = 5, alpha = 0.025, beta = 0.1, typeOfDesign = "asOF", typeBetaSpending = "bsHSD", gammaB = -2,
      bindingFutility = FALSE
    )
  }),
  size_means = list(5, function() getSampleSizeMeans(as_of, alternative = 0.3, stDev = 1)),
  size_rates = list(5, function() getSampleSizeRates(as_of, pi1 = 0.15, pi2 = 0.25)),
  size_survival = list(3, function() {
    getSampleSizeSurvival(
      as_of, hazardRatio = 0.7, lambda2 = log(2) / 12, accrualTime = c(0, 3, 6), accrualIntensity = c(5, 10, 20),
      followUpTime = 12
    )
  }),
  power_21_thetas = list(20, function() getPowerAndAverageSampleNumber(as_of, theta = seq(-1, 1, 0.1), nMax = 100))
)

for (name in names(calls)) {
  n <- calls[[name]][[1]]
  task <- calls[[name]][[2]]
  invisible(suppressMessages(task())) # warm-up
  gc()
  times <- vapply(seq_len(n), function(i) {
    taken <- system.time(suppressMessages(task()))
    c(taken[["elapsed"]], taken[["user.self"]] + taken[["sys.self"]])
  }, numeric(2))
  cat(sprintf(
    '{"name": "%s", "seconds_per_call": %.6f, "cpu_seconds_per_call": %.6f, "calls": %d}\n',
    name, stats::median(times[1, ]), stats::median(times[2, ]), n
  ))
}
