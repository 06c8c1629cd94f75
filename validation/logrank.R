# Reference cases for tests/reference/test_logrank.py, made with survival.
#
#   Rscript validation/logrank.R tests/reference
#
# Writes lung.csv (the data set `lung`) and logrank.json there. Arm 1 is treatment.

suppressMessages(library(survival))

where <- commandArgs(trailingOnly = TRUE)[1]
version <- as.character(packageVersion("survival"))

json <- function(x) {
  if (is.list(x)) {
    inner <- vapply(x, json, "")
    if (is.null(names(x))) return(paste0("[", paste(inner, collapse = ",\n"), "]"))
    return(paste0("{", paste0('"', names(x), '": ', inner, collapse = ", "), "}"))
  }
  one <- if (is.character(x)) paste0('"', x, '"') else {
    formatC(as.numeric(x), digits = 17, format = "g", width = 1)
  }
  if (length(x) == 1) one else paste0("[", paste(one, collapse = ", "), "]")
}

answers <- function(time, event, arm) {
  mantel <- survdiff(Surv(time, event) ~ arm)
  peto <- survdiff(Surv(time, event) ~ arm, rho = 1)
  tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)
  cox <- function(ties) {
    fit <- coxph(Surv(time, event) ~ arm, ties = ties, control = tight)
    c(unname(coef(fit)), sqrt(fit$var[1, 1]))
  }
  list(
    obs = mantel$obs, exp = mantel$exp, var11 = mantel$var[1, 1], chisq = mantel$chisq,
    obs_peto = peto$obs, exp_peto = peto$exp, var11_peto = peto$var[1, 1],
    chisq_peto = peto$chisq, efron = cox("efron"), breslow = cox("breslow")
  )
}

case <- function(id, time, event, arm) {
  list(
    id = id, input = list(time = time, event = event, arm = arm),
    output = answers(time, event, arm)
  )
}

# Heavy ties: whole weeks, three on treatment for each on control.
set.seed(20261122)
n <- 120
arm <- rep(c(0, 1, 1, 1), n / 4)
weeks <- ceiling(rexp(n, ifelse(arm == 1, 0.25, 0.45)))
end <- sample(3:9, n, replace = TRUE)

# Nobody censored, 5:1; all who are left at the last time have the event then.
few <- rep(c(0, 1, 1, 1, 1, 1), 8)
days <- pmin(ceiling(rexp(48, ifelse(few == 1, 0.9, 0.5))), 4)

# Times that are equal but for rounding: sums of tenths and products of a tenth.
tenths <- sample(1:12, 40, replace = TRUE)
summed <- cumsum(rep(0.1, 12))[tenths]
half <- rep(0:1, 20)
almost <- ifelse(half == 1, summed, tenths * 0.1)

# Far apart: events on treatment come late, and control is out of patients by then.
apart <- c(1, 2, 2, 3, 4, 5, 5, 6, 7, 9, 12, 12, 15, 15, 15, 20, 21)
late <- c(0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1)
came <- c(1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 0)

cases <- list(
  list(id = "lung", output = answers(lung$time, lung$status == 2, lung$sex - 1)),
  case("heavy_ties", pmin(weeks, end), as.numeric(weeks <= end), arm),
  case("nobody_censored", days, rep(1, 48), few),
  case("equal_but_for_rounding", almost, rep(c(1, 1, 0, 1, 1), 8), half),
  case("far_apart", apart, came, late)
)

made_by <- list(tool = paste("survival", version), call = "survdiff, coxph", R = R.version.string)
writeLines(json(list(meta = made_by, cases = cases)), file.path(where, "logrank.json"))

lines <- c(
  "# Survival in advanced lung cancer: Loprinzi et al. (1994), J Clin Oncol 12:601 (North Central",
  paste0("# Cancer Treatment Group); data set `lung` of the R package survival, version ", version),
  "# time in days; status 1 censored, 2 dead; sex 1 male, 2 female",
  "time,status,sex",
  paste(lung$time, lung$status, lung$sex, sep = ",")
)
writeLines(lines, file.path(where, "lung.csv"))
