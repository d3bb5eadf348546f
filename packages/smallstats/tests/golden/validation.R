# Performance of logistic models corrected for optimism, by rms.
# Rscript validation.R DIRECTORY
suppressMessages(library(rms))
out <- commandArgs(trailingOnly = TRUE)[1]
read <- function(name) {
  frame <- read.csv(paste0("data_", name, ".csv"))
  frame[complete.cases(frame), ]
}
rows <- list()
add <- function(name, formula, bw, B) {
  frame <- read(name)
  fit <- lrm(formula, data = frame, x = TRUE, y = TRUE)
  set.seed(1)
  v <- if (bw) {
    suppressWarnings(validate(fit, B = B, bw = TRUE, rule = "p", type = "individual", sls = 0.1))
  } else validate(fit, B = B)
  v <- unclass(v)
  # Dxy = 2 (c - 1/2)
  m <- rbind(auc = v["Dxy", ], calibration_slope = v["Slope", ], brier = v["B", ],
             nagelkerke = v["R2", ])
  half <- c("index.orig", "training", "test", "index.corrected")
  m["auc", half] <- (m["auc", half] + 1) / 2
  m["auc", "optimism"] <- m["auc", "optimism"] / 2
  rows[[length(rows) + 1]] <<- data.frame(
    data = name, bw = bw, measure = rownames(m), apparent = m[, "index.orig"],
    training = m[, "training"], test = m[, "test"], optimism = m[, "optimism"],
    corrected = m[, "index.corrected"], n = m[, "n"])
}
invisible(capture.output(
  add("pima", type ~ npreg + glu + bp + ped, bw = FALSE, B = 400),
  add("birthwt", low ~ smoke + ht + ui, bw = FALSE, B = 800),
  add("nodal", r ~ stage + xray + acid, bw = FALSE, B = 800),
  add("birthwt", low ~ smoke + ht + ui, bw = TRUE, B = 800)))
write.csv(do.call(rbind, rows), file.path(out, "validation.csv"), row.names = FALSE)
