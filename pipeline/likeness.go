package pipeline

import (
	"encoding/base64"
	"image"
	"image/color"
	"math"
)

// Likeness is what an image looks like: a grid of its colours, small enough to keep and to compare. Empty: not known.
//
// Perceptual hashes cannot tell flat logos apart; the mean distance of coarse colours does: the same logo resized and
// recompressed differs by less than 1 of 255, another one by dozens.
type Likeness string

// likenessSide is the number of fields in a row and in a column of the grid.
const likenessSide = 32

// NewLikeness looks at an image; what is transparent shows white.
func NewLikeness(img image.Image) Likeness {
	b := img.Bounds()
	if b.Empty() {
		return ""
	}
	grid := make([]byte, 0, 3*likenessSide*likenessSide)
	for row := range likenessSide {
		for column := range likenessSide {
			field := image.Rect(
				b.Min.X+column*b.Dx()/likenessSide, b.Min.Y+row*b.Dy()/likenessSide,
				b.Min.X+(column+1)*b.Dx()/likenessSide, b.Min.Y+(row+1)*b.Dy()/likenessSide)
			grid = append(grid, mean(img, field)...)
		}
	}
	return Likeness(base64.RawStdEncoding.EncodeToString(grid))
}

// mean is the colour of a field over white, from at most 16 × 16 of its points.
func mean(img image.Image, field image.Rectangle) []byte {
	const most = 16
	if field.Dx() == 0 { // of an image smaller than the grid
		field.Max.X = field.Min.X + 1
	}
	if field.Dy() == 0 {
		field.Max.Y = field.Min.Y + 1
	}
	var sum [3]uint64
	var n uint64
	for y := field.Min.Y; y < field.Max.Y; y += 1 + field.Dy()/most {
		for x := field.Min.X; x < field.Max.X; x += 1 + field.Dx()/most {
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			for i, v := range [3]uint8{c.R, c.G, c.B} {
				sum[i] += (uint64(v)*uint64(c.A) + 255*(255-uint64(c.A))) / 255
			}
			n++
		}
	}
	return []byte{byte(sum[0] / n), byte(sum[1] / n), byte(sum[2] / n)}
}

// Alike tells how much two images look the same, from 0 to 1, within the circle to which platforms crop avatars. Where
// one of them is not known it is 0.
func Alike(a, b Likeness) float64 {
	x, errX := base64.RawStdEncoding.DecodeString(string(a))
	y, errY := base64.RawStdEncoding.DecodeString(string(b))
	const size = 3 * likenessSide * likenessSide
	if errX != nil || errY != nil || len(x) != size || len(y) != size {
		return 0
	}
	const center = float64(likenessSide-1) / 2
	var sum, n float64
	for row := range likenessSide {
		for column := range likenessSide {
			if math.Hypot(float64(row)-center, float64(column)-center) > likenessSide/2 {
				continue
			}
			for c := range 3 {
				i := 3*(row*likenessSide+column) + c
				sum += math.Abs(float64(x[i]) - float64(y[i]))
				n++
			}
		}
	}
	return 1 - sum/n/255
}
