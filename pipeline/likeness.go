package pipeline

import (
	"encoding/base64"
	"image"
	"math"
	"slices"
)

// Likeness is what an image looks like: a grid of its colours, small enough to keep and to compare. Empty: not known.
//
// Perceptual hashes cannot tell flat logos apart; coarse colours do. docs/senses.md says how well.
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
		y0, y1 := float64(row*b.Dy())/likenessSide, float64((row+1)*b.Dy())/likenessSide
		for column := range likenessSide {
			x0, x1 := float64(column*b.Dx())/likenessSide, float64((column+1)*b.Dx())/likenessSide
			grid = append(grid, mean(img, x0, y0, x1, y1)...)
		}
	}
	return Likeness(base64.RawStdEncoding.EncodeToString(grid))
}

// mean is the colour over white of a field, in points from the image's corner: each point counts by as much of it as lies
// in the field. Of a large one 16 × 16 points are looked at.
func mean(img image.Image, x0, y0, x1, y1 float64) []byte {
	const most = 16
	corner := img.Bounds().Min
	stepX, stepY := 1+int(x1-x0)/most, 1+int(y1-y0)/most
	var sum [3]float64
	var n float64
	for y := int(y0); float64(y) < y1; y += stepY {
		high := min(float64(y+1), y1) - max(float64(y), y0)
		for x := int(x0); float64(x) < x1; x += stepX {
			share := high * (min(float64(x+1), x1) - max(float64(x), x0))
			r, g, b, a := img.At(corner.X+x, corner.Y+y).RGBA() // of 65535, times a
			for i, v := range [3]uint32{r, g, b} {
				sum[i] += share * float64(v+0xffff-a) / 257
			}
			n += share
		}
	}
	return []byte{byte(sum[0]/n + 0.5), byte(sum[1]/n + 0.5), byte(sum[2]/n + 0.5)}
}

// Alike tells how much two images look the same, from 0 to 1, within the circle to which platforms crop avatars; from 0.95
// on they may be taken for the same. Where one of them is not known it is 0.
//
// It is 1 − d/4c, with d the root mean square of how far the images differ and c that of how far the more varied one
// departs from its ground: small emblems on one ground differ in few points, yet in all that matters. Colour is compared
// more coarsely than brightness, since JPEG keeps it so.
func Alike(a, b Likeness) float64 {
	x, errX := base64.RawStdEncoding.DecodeString(string(a))
	y, errY := base64.RawStdEncoding.DecodeString(string(b))
	const size = 3 * likenessSide * likenessSide
	if errX != nil || errY != nil || len(x) != size || len(y) != size {
		return 0
	}
	var apart, contrastX, contrastY float64
	for _, p := range []plane{{2, 0.299, 0.587, 0.114}, {4, -0.169, -0.331, 0.5}, {4, 0.5, -0.419, -0.081}} { // JPEG's Y, Cb, Cr
		u, v := p.of(x), p.of(y)
		groundX, groundY := median(u), median(v)
		n := float64(len(u))
		for i := range u {
			apart += (u[i] - v[i]) * (u[i] - v[i]) / n
			contrastX += (u[i] - groundX) * (u[i] - groundX) / n
			contrastY += (v[i] - groundY) * (v[i] - groundY) / n
		}
	}
	const least = 12 * 12 // an image of one colour has no contrast
	return 1 - min(1, math.Sqrt(apart/max(contrastX, contrastY, least))/4)
}

// plane is one of the values of which a colour consists, in fields of so many of the grid's together.
type plane struct {
	together         int
	red, green, blue float64
}

// of are the plane's values that lie in the circle.
func (p plane) of(grid []byte) []float64 {
	side := likenessSide / p.together
	center, radius := float64(side-1)/2, float64(side)/2-0.7
	var values []float64
	for row := range side {
		for column := range side {
			if math.Hypot(float64(row)-center, float64(column)-center) > radius {
				continue
			}
			sum := 0.0
			for y := row * p.together; y < (row+1)*p.together; y++ {
				for x := column * p.together; x < (column+1)*p.together; x++ {
					i := 3 * (y*likenessSide + x)
					sum += p.red*float64(grid[i]) + p.green*float64(grid[i+1]) + p.blue*float64(grid[i+2])
				}
			}
			values = append(values, sum/float64(p.together*p.together))
		}
	}
	return values
}

func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	return s[len(s)/2]
}
