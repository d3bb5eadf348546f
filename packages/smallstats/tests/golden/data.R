# Data sets of R's own packages, as the golden files use them.
# Rscript data.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
save <- function(frame, name) {
  write.csv(frame, file.path(out, paste0("data_", name, ".csv")), row.names = FALSE, na = "")
}
save(MASS::birthwt[c("low", "age", "lwt", "race", "smoke", "ht", "ui", "bwt")], "birthwt")
save(infert[c("case", "education", "age", "parity", "induced", "spontaneous", "stratum")], "infert")
save(mtcars[c("am", "vs", "mpg", "wt", "hp", "cyl")], "mtcars")
save(boot::nodal[c("r", "aged", "stage", "grade", "xray", "acid")], "nodal")
pima <- MASS::Pima.tr2
pima$type <- as.integer(pima$type == "Yes")
save(pima, "pima")
data(endometrial, package = "brglm2", envir = environment())
save(endometrial, "endometrial")
