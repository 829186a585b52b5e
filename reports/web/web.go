// Package web shows reports on the web: the library of what was written, and any month, account or course as it stands now.
// Pages are drawn by the server from the same documents and templates as the files, and work without script but for the charts.
package web
