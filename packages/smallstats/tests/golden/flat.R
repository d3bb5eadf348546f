# Profile bounds where an estimate is nearly undetermined, and times that tie but for float noise.
# Each bound is solved on refitted models with the coefficient held by an offset.
# Rscript flat.R DIRECTORY
library(survival)
out <- commandArgs(trailingOnly = TRUE)[1]

read <- function(name) read.csv(paste0("data_", name, ".csv"))
names <- c("a", "b", "x")

logistic <- read("flat_logistic")
# glm.fit stops far from the maximum here: optim, again and again until nothing is gained
logit <- function(free, offset) {
  x <- cbind(1, as.matrix(logistic[free]))
  side <- 2 * logistic$y - 1
  loss <- function(b) -sum(plogis(side * (x %*% b + offset), log.p = TRUE))
  slope <- function(b) -crossprod(x, side * plogis(-side * (x %*% b + offset)))
  best <- list(par = rep(0, ncol(x)), value = Inf)
  repeat {
    again <- optim(best$par, loss, slope, method = "BFGS",
                   control = list(reltol = 1e-14, maxit = 1000))
    if (best$value - again$value < 1e-11) break
    best <- again
  }
  list(ll = -best$value, coef = setNames(best$par[-1], free))
}
times <- read("flat_cox")
cox <- function(free, offset) {
  g <- suppressWarnings(coxph.fit(as.matrix(times[free]) + 0, Surv(times$t, times$e), NULL, offset,
                                  control = coxph.control(eps = 1e-14, iter.max = 500),
                                  method = "efron", rownames = NULL))
  list(ll = g$loglik[2], coef = g$coefficients)
}
bounds <- function(fit, frame, model) {
  top <- fit(names, rep(0, nrow(frame)))
  drop <- function(name, value) {
    2 * (top$ll - fit(setdiff(names, name), value * frame[[name]])$ll)
  }
  do.call(rbind, lapply(names, function(name) {
    at <- top$coef[[name]]
    solve <- function(side) {
      far <- 1
      while (drop(name, at + side * far) < qchisq(0.95, 1)) far <- 2 * far
      uniroot(function(v) drop(name, v) - qchisq(0.95, 1), sort(c(at, at + side * far)),
              tol = 1e-7)$root
    }
    data.frame(model, term = name, low = solve(-1), high = solve(1),
               p = pchisq(drop(name, 0), 1, lower.tail = FALSE))
  }))
}
both <- rbind(bounds(logit, logistic, "logistic"), bounds(cox, times, "cox"))
ties <- read("float_ties")
tied <- data.frame(model = "ties", term = c("cox", "log_rank"), low = NA, high = NA,
                   p = c(coef(coxph(Surv(t, e) ~ x, ties)), survdiff(Surv(t, e) ~ x, ties)$chisq))
both <- rbind(both, tied)
both[3:5] <- lapply(both[3:5], function(x) sprintf("%.10g", x))
write.csv(both, file.path(out, "flat.csv"), row.names = FALSE, quote = FALSE)
