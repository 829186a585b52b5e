package reports

import (
	"archive/zip"
	"bytes"
	"cmp"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// stockChart takes out of a stock chart what excelize writes against the schema.
var stockChart = strings.NewReplacer(`<stockChart><varyColors val="1"></varyColors>`, "<stockChart>", "dateAx>", "catAx>")

// pack writes the workbook's parts in a fixed order with a fixed time: excelize takes some from maps. Parts go over as they
// are, compressed; only the list of content types is sorted, charts are set right, and sheets get their sparklines, which excelize
// loses where a sheet is streamed.
func (b *book) pack(w io.Writer, workbook []byte) error {
	r, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		return err
	}
	slices.SortFunc(r.File, func(a, b *zip.File) int {
		return cmp.Or(-cmp.Compare(rank(a.Name), rank(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	zw := zip.NewWriter(w)
	at := b.doc.AsOf.UTC()
	for _, part := range r.File {
		switch sparklines := b.sparklines[part.Name]; {
		case part.Name == "[Content_Types].xml":
			err = rewrite(zw, part, at, sortElements)
		case strings.HasPrefix(part.Name, "xl/charts/"): // a stock chart has no such element, and its axis has names and no days
			err = rewrite(zw, part, at, func(chart []byte) []byte {
				return []byte(stockChart.Replace(string(chart)))
			})
		case sparklines != "":
			err = rewrite(zw, part, at, func(sheet []byte) []byte {
				return bytes.Replace(sheet, []byte("</worksheet>"), []byte(sparklines+"</worksheet>"), 1)
			})
		default:
			err = carry(zw, part, at)
		}
		if err != nil {
			return err
		}
	}
	return zw.Close()
}

// carry copies a part without taking it apart.
func carry(zw *zip.Writer, part *zip.File, at time.Time) error {
	in, err := part.OpenRaw()
	if err != nil {
		return err
	}
	h := zip.FileHeader{
		Name: part.Name, Method: part.Method, CRC32: part.CRC32, CompressedSize64: part.CompressedSize64, UncompressedSize64: part.UncompressedSize64,
	}
	h.SetModTime(at)
	out, err := zw.CreateRaw(&h)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return err
}

// rewrite copies a part with a change.
func rewrite(zw *zip.Writer, part *zip.File, at time.Time, change func([]byte) []byte) error {
	in, err := part.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	content, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	out, err := zw.CreateHeader(&zip.FileHeader{Name: part.Name, Method: zip.Deflate, Modified: at})
	if err != nil {
		return err
	}
	_, err = out.Write(change(content))
	return err
}

// rank puts the parts first that readers expect first.
func rank(name string) int {
	return slices.Index([]string{"xl/workbook.xml", "_rels/.rels", "[Content_Types].xml"}, name)
}

// sortElements sorts the children of the list of content types.
func sortElements(content []byte) []byte {
	child := regexp.MustCompile(`<(?:Default|Override) [^>]*?(?:/>|></(?:Default|Override)>)`)
	found := child.FindAll(content, -1)
	slices.SortFunc(found, bytes.Compare)
	i := 0
	return child.ReplaceAllFunc(content, func([]byte) []byte { i++; return found[i-1] })
}
