# Kaplan-Meier, Aalen-Johansen, log-rank and Cox regression of R's package survival.
# Rscript survival.R DIRECTORY
library(survival)
out <- commandArgs(trailingOnly = TRUE)[1]
save <- function(golden, name) {
  golden[] <- lapply(golden, function(x) if (is.numeric(x)) sprintf("%.15g", x) else x)
  write.csv(golden, file.path(out, paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
}
veteran$celltype <- as.character(veteran$celltype)
write.csv(veteran, file.path(out, "data_veteran.csv"), row.names = FALSE, quote = FALSE)
mgus <- mgus2[c("age", "sex", "hgb", "creat", "mspike", "ptime", "pstat", "futime", "death")]
mgus$years <- round(ifelse(mgus$pstat == 1, mgus$ptime, mgus$futime) / 12, 6)
mgus$first <- ifelse(mgus$pstat == 1, 1, 2 * mgus$death)
write.csv(mgus[c("age", "sex", "hgb", "creat", "mspike", "years", "first")],
  file.path(out, "data_mgus.csv"), row.names = FALSE, quote = FALSE, na = "")

km <- function(data, formula, frame, times) {
  s <- summary(survfit(formula, frame, conf.type = "log-log"), times = times, extend = TRUE)
  group <- if (is.null(s$strata)) "" else sub(".*=", "", s$strata)
  data.frame(data, group, time = s$time, at_risk = s$n.risk, survival = s$surv, se = s$std.err,
    ci_low = s$lower, ci_high = s$upper)
}
save(rbind(
  km("veteran", Surv(time, status) ~ celltype, veteran, c(10, 30, 100, 180)),
  km("veteran", Surv(time, status) ~ 1, veteran, c(1, 7, 99, 100, 587)),
  km("mgus", Surv(years, first > 0) ~ sex, mgus, c(0, 1, 2, 5, 20, 30))), "survival_km")

incidence <- function(data, cause, formula, frame, times) {
  s <- summary(survfit(formula, frame, conf.type = "log-log"), times = times, extend = TRUE)
  group <- if (is.null(s$strata)) "" else sub(".*=", "", s$strata)
  data.frame(data, cause, group, time = s$time, at_risk = s$n.risk[, 1],
    incidence = s$pstate[, 1 + cause], se = s$std.err[, 1 + cause],
    ci_low = s$lower[, 1 + cause], ci_high = s$upper[, 1 + cause])
}
parts <- lapply(1:2, function(cause) rbind(
  incidence("mgus", cause, Surv(years, factor(first, 0:2)) ~ sex, mgus, c(1, 2, 5, 20, 30)),
  incidence("mgus", cause, Surv(years, factor(first, 0:2)) ~ 1, mgus, c(5, 10))))
save(do.call(rbind, parts), "survival_incidence")

rank <- function(data, by, formula, frame) {
  found <- survdiff(formula, frame)
  data.frame(data, by, group = sub(".*=", "", names(found$n)), n = as.vector(found$n),
    events = found$obs, expected = found$exp, chi_square = found$chisq)
}
save(rbind(rank("veteran", "celltype", Surv(time, status) ~ celltype, veteran),
  rank("veteran", "trt", Surv(time, status) ~ trt, veteran),
  rank("mgus", "sex", Surv(years, first > 0) ~ sex, mgus)), "survival_log_rank")

control <- coxph.control(eps = 1e-11, toler.chol = 1e-13, iter.max = 50)
cox <- function(data, fit) {
  s <- summary(fit)
  terms <- sub("^celltype(.*)$", "celltype[\\1]", sub("^sexM$", "sex[M]", rownames(s$coefficients)))
  data.frame(data, term = terms, coef = s$coefficients[, 1], se = s$coefficients[, 3],
    hazard_ratio = s$conf.int[, 1], ci_low = s$conf.int[, 3], ci_high = s$conf.int[, 4],
    p = s$coefficients[, 5], log_likelihood = fit$loglik[2], null = fit$loglik[1], n = fit$n,
    events = fit$nevent)
}
zph <- function(data, fit) {
  z <- cox.zph(fit)$table
  data.frame(data, predictor = rownames(z), chi_square = z[, 1], df = z[, 2], p = z[, 3])
}
fits <- list(
  veteran = coxph(Surv(time, status) ~ trt + karno + age + celltype, veteran, control = control),
  mgus = coxph(Surv(years, first == 1) ~ age + sex + hgb + creat + mspike, mgus, control = control),
  mgus_years = coxph(Surv(ceiling(years), first > 0) ~ age + hgb, mgus, control = control))
save(do.call(rbind, Map(cox, names(fits), fits)), "survival_cox")
save(do.call(rbind, Map(zph, names(fits), fits)), "survival_zph")
