# The second cohort, data/pbc, analysed from R's own copy of the data: nothing here has been
# through cohort.yml.
# Rscript pbc.R DIRECTORY
library(survival)
out <- commandArgs(trailingOnly = TRUE)[1]
save <- function(golden, name) {
  golden[] <- lapply(golden, function(x) if (is.numeric(x)) sprintf("%.15g", x) else x)
  write.csv(golden, file.path(out, paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
}
p <- subset(pbc, !is.na(stage))
p$years <- round(p$time / 365.25, 6)
p$cirrhosis <- p$stage == 4
p$female <- as.integer(p$sex == "f")
names(p) <- sub("hepato", "hepatomegaly", sub("bili", "bilirubin", sub("chol", "cholesterol",
  sub("platelet", "platelets", sub("protime", "prothrombin_time", names(p))))))

binary <- function(variable) {
  counts <- table(p[[variable]], p$cirrhosis)
  f <- fisher.test(counts)
  data.frame(variable, test = "pearson", p = chisq.test(counts, correct = FALSE)$p.value,
    estimate = counts[1, 1] * counts[2, 2] / counts[1, 2] / counts[2, 1], ci_low = f$conf.int[1],
    ci_high = f$conf.int[2])
}
number <- function(variable) {
  t <- t.test(p[[variable]][p$cirrhosis], p[[variable]][!p$cirrhosis], var.equal = TRUE)
  data.frame(variable, test = "student", p = t$p.value, estimate = -diff(unname(t$estimate)),
    ci_low = t$conf.int[1], ci_high = t$conf.int[2])
}
rank <- function(variable) {
  w <- wilcox.test(p[[variable]][p$cirrhosis], p[[variable]][!p$cirrhosis], conf.int = TRUE,
    exact = FALSE, tol.root = 1e-9)
  data.frame(variable, test = "mann-whitney", p = w$p.value,
    estimate = unname(w$estimate), ci_low = w$conf.int[1], ci_high = w$conf.int[2])
}
trend <- data.frame(variable = "edema", test = "trend",
  p = kruskal.test(p$edema, p$cirrhosis)$p.value, estimate = NA, ci_low = NA, ci_high = NA)
save(do.call(rbind, c(lapply(c("female", "ascites", "hepatomegaly", "spiders"), binary), list(trend),
  lapply(c("age", "albumin", "prothrombin_time"), number),
  lapply(c("bilirubin", "cholesterol", "copper", "platelets"), rank))), "pbc_compare")

logistic <- glm(cirrhosis ~ age + hepatomegaly + spiders + bilirubin + albumin + platelets +
  prothrombin_time, binomial, p, control = glm.control(1e-14, 100))
control <- coxph.control(eps = 1e-11, toler.chol = 1e-13, iter.max = 50)
death <- coxph(Surv(years, status == 2) ~ age + factor(edema) + bilirubin + albumin + prothrombin_time,
  p, control = control)
transplant <- coxph(Surv(years, status == 1) ~ age + bilirubin, p, control = control)
edema <- c("edema[untreated or resolved]", "edema[despite diuretics]")
models <- function(model, fit, n, events) {
  b <- coef(fit)
  se <- sqrt(diag(vcov(fit)))
  terms <- sub("factor(edema)0.5", edema[1], names(b), fixed = TRUE)
  terms <- sub("factor(edema)1", edema[2], terms, fixed = TRUE)
  terms <- sub("TRUE$", "", sub("(Intercept)", "Intercept", terms, fixed = TRUE))
  data.frame(model, term = terms, coef = b, se, p = 2 * pnorm(-abs(b / se)),
    log_likelihood = as.numeric(logLik(fit)), n, events)
}
save(rbind(models("logistic", logistic, nobs(logistic), sum(logistic$y)),
  models("death", death, death$n, death$nevent),
  models("transplant", transplant, transplant$n, transplant$nevent)), "pbc_models")
z <- cox.zph(death)$table
save(data.frame(predictor = c("age", "edema", "bilirubin", "albumin", "prothrombin_time", "all"),
  chi_square = z[, 1], df = z[, 2], p = z[, 3]), "pbc_zph")

curves <- function(status, formula, group) {
  s <- summary(survfit(formula, p, conf.type = "log-log"), times = c(2, 5, 10), extend = TRUE)
  data.frame(event = status, group, time = s$time, at_risk = s$n.risk[, 1],
    incidence = s$pstate[, 1 + status], se = s$std.err[, 1 + status],
    ci_low = s$lower[, 1 + status], ci_high = s$upper[, 1 + status])
}
save(do.call(rbind, lapply(1:2, curves, Surv(years, factor(status, 0:2)) ~ cirrhosis,
  rep(c("no", "yes"), each = 3))), "pbc_incidence")
