# Medians of Kaplan-Meier's curves, log-rank tests with times that differ by float noise, and the
# data of MASS::Melanoma, for which the output of cmprsk::cuminc by ulcer is published:
#   Tests: stat pv df; 1 26.120719 3.207240e-07 1; 3 0.158662 6.903913e-01 1
# Rscript survival_groups.R DIRECTORY
library(survival)
out <- commandArgs(trailingOnly = TRUE)[1]
m <- MASS::Melanoma
write.csv(data.frame(time = m$time, died = m$status == 1, other = m$status == 3, ulcer = m$ulcer),
  file.path(out, "data_melanoma.csv"), row.names = FALSE, quote = FALSE)
medians <- function(data, by, formula, frame, p) {
  q <- quantile(survfit(formula, frame, conf.type = "log-log"), p)
  rows <- lapply(q, function(x) if (is.matrix(x)) x[, 1] else x)
  group <- if (is.matrix(q$quantile)) sub(".*=", "", rownames(q$quantile)) else ""
  data.frame(data, by, share = p, group, median = unname(rows$quantile), low = unname(rows$lower),
    high = unname(rows$upper))
}
d <- lung[!is.na(lung$time), c("time", "status", "sex")]
level <- data.frame(time = c(1, 2, 3, 4, 5, 6), status = c(1, 1, 1, 1, 0, 1))
write.csv(data.frame(time = d$time, died = d$status == 2, sex = d$sex),
  file.path(out, "data_lung.csv"), row.names = FALSE, quote = FALSE)
write.csv(rbind(
  medians("lung", "sex", Surv(time, status) ~ sex, d, 0.5),
  medians("lung", "", Surv(time, status) ~ 1, d, 0.5),
  medians("lung", "sex", Surv(time, status) ~ sex, d, 0.25),
  medians("level", "", Surv(time, status) ~ 1, level, 0.5),
  medians("melanoma", "ulcer", Surv(time, status == 1) ~ ulcer, m, 0.5),
  medians("melanoma", "ulcer", Surv(time, status == 1) ~ ulcer, m, 0.25)),
  file.path(out, "median_time.csv"), row.names = FALSE, quote = FALSE)
