# Cox regression with standard errors robust to clusters (Lin and Wei 1989), by survival's
# coxph(..., cluster = ), Efron's ties:
#   retinopathy: two eyes a patient; rats: three animals a litter, many ties
# Rscript cox_clusters.R DIRECTORY
library(survival)
out <- commandArgs(trailingOnly = TRUE)[1]
sets <- list(
  retinopathy = with(retinopathy, data.frame(time = futime, event = status, cluster = id, treated = trt,
    adult = as.integer(type == "adult"), age)),
  rats = with(rats, data.frame(time, event = status, cluster = litter, treated = rx,
    adult = as.integer(sex == "m"), age = litter %% 7)))
rows <- list()
for (name in names(sets)) {
  d <- sets[[name]]
  # data_retinopathy.csv, data_rats.csv
  write.csv(d, file.path(out, paste0("data_", name, ".csv")), row.names = FALSE, quote = FALSE)
  fit <- summary(coxph(Surv(time, event) ~ treated + adult + age, d, cluster = cluster, ties = "efron",
    control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 100)))$coefficients
  rows[[name]] <- data.frame(data = name, term = rownames(fit), coef = fit[, "coef"],
    naive = fit[, "se(coef)"], se = fit[, "robust se"], p = fit[, "Pr(>|z|)"])
}
golden <- do.call(rbind, rows)
golden[-(1:2)] <- lapply(golden[-(1:2)], function(x) sprintf("%.15g", x))
write.csv(golden, file.path(out, "cox_clusters.csv"), row.names = FALSE, quote = FALSE)
