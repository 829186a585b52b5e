// Package opendata writes the figures behind the reports as open data: tidy rows as CSV, JSON and Parquet, with what CSVW and
// DCAT-AP-ES want to know of them.
package opendata
