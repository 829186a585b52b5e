// Package delivery brings finished reports to their readers: by mail, or into a folder.
package delivery
