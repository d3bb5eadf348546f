# Writes raw/pbc.csv: the data set pbc of R's package survival, unchanged but for one column more,
# `years`, the follow-up `time` in years of 365.25 days.
# Rscript make.R [FILE]
file <- c(commandArgs(trailingOnly = TRUE), "raw/pbc.csv")[1]
pbc <- survival::pbc
pbc$years <- round(pbc$time / 365.25, 6)
write.csv(pbc, file, row.names = FALSE, na = "", quote = FALSE)
