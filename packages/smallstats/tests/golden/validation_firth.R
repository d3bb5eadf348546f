# Performance of Firth's logistic regression in bootstrap resamples, by brglm2 and glm, one at a time.
# Writes which patients each resample has (rows of the data set, in order, from 1) and, for each, the
# coefficients and the measures in the resample (training) and in all patients (test); resample 0 is
# all patients. Measures of a slope that glm cannot estimate (the predictions tell the outcomes
# apart) are missing.
# Rscript validation_firth.R DIRECTORY
suppressMessages(library(brglm2))
out <- commandArgs(trailingOnly = TRUE)[1]
models <- list(
  nodal = list(r ~ stage + xray + acid, 150),
  birthwt = list(low ~ age + ht + ui, 40))
area <- function(y, p) {
  d <- outer(p[y == 1], p[y == 0], "-")
  mean(ifelse(abs(d) < 1e-9, 0.5, d > 0))
}
measures <- function(b, frame, formula) {
  y <- frame[[all.vars(formula)[1]]]
  eta <- drop(model.matrix(formula, frame) %*% b)
  apart <- max(eta[y == 0]) <= min(eta[y == 1]) + 1e-9
  again <- suppressWarnings(
    glm(y ~ eta, binomial, control = list(epsilon = 1e-14, maxit = 200)))
  n <- length(y)
  cox_snell <- 1 - exp((deviance(again) - again$null.deviance) / n)
  c(auc = area(y, eta), calibration_slope = if (apart) NA else coef(again)[["eta"]],
    brier = mean((y - plogis(eta))^2), nagelkerke = cox_snell / (1 - exp(-again$null.deviance / n)))
}
drawn <- list()
rows <- list()
set.seed(7)
for (name in names(models)) {
  formula <- models[[name]][[1]]
  frame <- read.csv(paste0("data_", name, ".csv"))
  n <- nrow(frame)
  for (i in 0:models[[name]][[2]]) {
    who <- if (i) sample(n, replace = TRUE) else seq_len(n)
    own <- frame[who, ]
    fit <- glm(formula, binomial, own, method = brglmFit, type = "MPL_Jeffreys",
      epsilon = 1e-10, maxit = 5000)
    stopifnot(fit$converged, !anyNA(coef(fit)))
    drawn[[length(drawn) + 1]] <- data.frame(data = name, resample = i,
      patients = paste(who, collapse = " "))
    row <- c(b = unname(coef(fit)), training = measures(coef(fit), own, formula),
      test = measures(coef(fit), frame, formula))
    rows[[length(rows) + 1]] <- data.frame(data = name, resample = i, t(row))
  }
}
write.csv(do.call(rbind, drawn), file.path(out, "resamples.csv"), row.names = FALSE)
rows <- do.call(rbind, rows)
rows[-(1:2)] <- lapply(rows[-(1:2)], signif, 10)
write.csv(rows, file.path(out, "validation_firth.csv"), row.names = FALSE)
