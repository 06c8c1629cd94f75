# metafor: microseconds a fit and the mean REML estimate. Usage: Rscript FILE table.csv k
suppressMessages(library(metafor))
args <- commandArgs(trailingOnly = TRUE)
x <- as.matrix(read.csv(args[1], header = FALSE)); k <- as.integer(args[2]); n <- nrow(x)
run <- function(method, test) {
  total <- 0
  seconds <- system.time(for (i in seq_len(n)) {
    fit <- rma(yi = x[i, 1:k], vi = x[i, (k + 1):(2 * k)], method = method, test = test,
               control = list(maxiter = 1000, stepadj = 0.5))
    total <- total + fit$b[1]
  })[["elapsed"]]
  c(seconds / n * 1e6, total / n)
}
reml <- run("REML", "knha"); dl <- run("DL", "z")
cat(sprintf('{"metafor_sets": %d, "metafor_REML_knha_us": %.1f, "metafor_DL_us": %.1f, "metafor_reml_mean": %.10f}\n', n, reml[1], dl[1], reml[2]))
