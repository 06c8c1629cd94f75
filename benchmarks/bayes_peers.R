# Milliseconds of bayesmeta and RBesT on the data of bayes.py; run by it.
ms <- function(expr, times = 3) {
  best <- Inf
  for (i in seq_len(times)) best <- min(best, system.time(eval(expr))[["elapsed"]])
  1000 * best
}
if (requireNamespace("bayesmeta", quietly = TRUE)) {
  y <- c(28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16) / 10
  s <- c(14.9, 10.2, 16.3, 11, 9.4, 11.4, 10.4, 17.6) / 10
  run <- quote(bayesmeta::bayesmeta(y, s, mu.prior.mean = 0, mu.prior.sd = 4,
    tau.prior = function(t) bayesmeta::dhalfnormal(t, scale = 0.5)))
  cat(sprintf("%-64s%9.2f\n", "bayesmeta, k = 8", ms(run)))
}
if (requireNamespace("RBesT", quietly = TRUE)) {
  suppressMessages(library(RBesT))
  run <- quote(gMAP(cbind(r, n - r) ~ 1 | study, family = binomial, data = AS,
    tau.dist = "HalfNormal", tau.prior = 1, beta.prior = 2, cores = 1))
  cat(sprintf("%-64s%9.2f\n", "RBesT gMAP, k = 8", ms(run, 1)))
}
