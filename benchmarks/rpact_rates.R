# rpact, one look, two rates: seconds and simulated power. Usage: Rscript FILE n_total replicates seed
suppressMessages(library(rpact))
args <- as.numeric(commandArgs(trailingOnly = TRUE))
design <- getDesignGroupSequential(kMax = 1, alpha = 0.025, sided = 1)
seconds <- system.time(result <- getSimulationRates(
  design, groups = 2, pi1 = 0.15, pi2 = 0.25, directionUpper = FALSE,
  plannedSubjects = args[1], maxNumberOfIterations = args[2], seed = args[3]
))[["elapsed"]]
cat(sprintf('{"seconds": %.6f, "power": %.6f}\n', seconds, result$overallReject))
