package pipeline

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/draw"
)

// drawing is a disc of one colour on a ground.
func drawing(side int, disc, ground color.Color) image.Image {
	return painted(side, func(x, y float64) color.Color {
		if math.Hypot(x-0.5, y-0.5) < 0.25 {
			return disc
		}
		return ground
	})
}

// painted asks for the colour of each point, from 0 to 1 in both directions.
func painted(side int, at func(x, y float64) color.Color) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			c := color.NRGBAModel.Convert(at((float64(x)+0.5)/float64(side), (float64(y)+0.5)/float64(side))).(color.NRGBA)
			copy(img.Pix[img.PixOffset(x, y):], []byte{c.R, c.G, c.B, c.A})
		}
	}
	return img
}

func TestAlike(t *testing.T) {
	red, blue, white := color.NRGBA{200, 30, 30, 255}, color.NRGBA{20, 40, 160, 255}, color.NRGBA{255, 255, 255, 255}
	logo := NewLikeness(drawing(400, red, white))
	for name, c := range map[string]struct {
		other    Likeness
		min, max float64
	}{
		"itself":                     {logo, 1, 1},
		"smaller":                    {NewLikeness(drawing(96, red, white)), 0.97, 1},
		"smaller than the grid":      {NewLikeness(drawing(20, red, white)), 0.93, 1},
		"on nothing, which is white": {NewLikeness(drawing(400, red, color.Transparent)), 0.999, 1},
		"on another ground":          {NewLikeness(drawing(400, red, blue)), 0.3, 0.85},
		"another colour":             {NewLikeness(drawing(400, blue, white)), 0.5, 0.95},
		"none":                       {"", 0, 0},
		"no likeness":                {"abc", 0, 0},
	} {
		if got := Alike(logo, c.other); got < c.min || got > c.max {
			t.Errorf("%s: %.3f, want %g to %g", name, got, c.min, c.max)
		}
		if a, b := Alike(logo, c.other), Alike(c.other, logo); a != b {
			t.Errorf("%s: %g one way and %g the other", name, a, b)
		}
	}
	if NewLikeness(image.NewNRGBA(image.Rectangle{})) != "" {
		t.Error("an empty image has a likeness")
	}
}

// logos are flat emblems as institutions have them: name, and whether a point belongs to the figure.
var logos = []struct {
	name   string
	figure func(x, y float64) bool
}{
	{"disc", func(x, y float64) bool { return math.Hypot(x-0.5, y-0.5) < 0.3 }},
	{"small disc", func(x, y float64) bool { return math.Hypot(x-0.5, y-0.5) < 0.15 }},
	{"ring", func(x, y float64) bool { d := math.Hypot(x-0.5, y-0.5); return d > 0.22 && d < 0.3 }},
	{"square", func(x, y float64) bool { return max(math.Abs(x-0.5), math.Abs(y-0.5)) < 0.27 }},
	{"lozenge", func(x, y float64) bool { return math.Abs(x-0.5)+math.Abs(y-0.5) < 0.36 }},
	{"cross", func(x, y float64) bool {
		return min(math.Abs(x-0.5), math.Abs(y-0.5)) < 0.08 && max(math.Abs(x-0.5), math.Abs(y-0.5)) < 0.3
	}},
	{"shield", func(x, y float64) bool {
		return math.Abs(x-0.5) < 0.25 && y > 0.25 && y < 0.8-1.2*math.Abs(x-0.5)
	}},
	{"bars", func(x, y float64) bool { return x > 0.2 && x < 0.8 && y > 0.2 && y < 0.8 && int(x*15)%2 == 0 }},
	{"waves", func(x, y float64) bool {
		return y > 0.3 && y < 0.7 && x > 0.15 && x < 0.85 && math.Mod(y+0.03*math.Sin(20*x), 0.13) < 0.06
	}},
	{"letter L", func(x, y float64) bool {
		return x > 0.3 && x < 0.42 && y > 0.2 && y < 0.8 || x > 0.3 && x < 0.7 && y > 0.68 && y < 0.8
	}},
	{"letter T", func(x, y float64) bool {
		return y > 0.2 && y < 0.32 && x > 0.25 && x < 0.75 || math.Abs(x-0.5) < 0.06 && y > 0.2 && y < 0.8
	}},
	{"letter H", func(x, y float64) bool {
		return y > 0.2 && y < 0.8 && (math.Abs(x-0.33) < 0.06 || math.Abs(x-0.67) < 0.06) || math.Abs(y-0.5) < 0.06 && math.Abs(x-0.5) < 0.33
	}},
}

var (
	inks    = []color.NRGBA{{190, 20, 45, 255}, {0, 60, 130, 255}, {10, 120, 70, 255}, {40, 40, 40, 255}}
	grounds = []color.NRGBA{{255, 255, 255, 255}, {250, 210, 30, 255}, {0, 60, 130, 255}}
)

func logo(side int, figure func(x, y float64) bool, ink, ground color.Color) image.Image {
	return painted(side, func(x, y float64) color.Color {
		if figure(x, y) {
			return ink
		}
		return ground
	})
}

func resized(img image.Image, side int) image.Image {
	out := image.NewNRGBA(image.Rect(0, 0, side, side))
	draw.CatmullRom.Scale(out, out.Bounds(), img, img.Bounds(), draw.Src, nil)
	return out
}

func recompressed(t *testing.T, img image.Image, quality int) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	out, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// cropped shows only what lies in the circle, and something else around it.
func cropped(img image.Image, around color.Color) image.Image {
	side := img.Bounds().Dx()
	out := image.NewNRGBA(img.Bounds())
	for y := range side {
		for x := range side {
			c := img.At(x, y)
			if math.Hypot(float64(x)+0.5-float64(side)/2, float64(y)+0.5-float64(side)/2) > float64(side)/2 {
				c = around
			}
			out.Set(x, y, c)
		}
	}
	return out
}

// moved is the image as somebody places it who does not measure.
func moved(img image.Image, share float64) image.Image {
	out := image.NewNRGBA(img.Bounds())
	draw.Draw(out, out.Bounds(), image.NewUniform(img.At(0, 0)), image.Point{}, draw.Src)
	draw.Draw(out, out.Bounds().Add(image.Pt(int(share*float64(out.Bounds().Dx())), 0)), img, image.Point{}, draw.Src)
	return out
}

// TestLikenessIsAccurate measures how well the likeness tells what platforms make of an approved image from other images,
// on emblems that are drawn here. docs/senses.md tells what comes out.
func TestLikenessIsAccurate(t *testing.T) {
	const threshold = 0.95 // which Alike names
	alike := map[string][]float64{}
	note := func(name string, a, b Likeness) { alike[name] = append(alike[name], Alike(a, b)) }
	type kind struct{ logo, ink, ground int }
	var kinds []kind
	var seen []Likeness
	for i := range logos {
		for j := range inks {
			for k := range grounds {
				if inks[j] == grounds[k] {
					continue
				}
				img := logo(120, logos[i].figure, inks[j], grounds[k])
				if len(kinds)%7 == 0 {
					img = logo(400, logos[i].figure, inks[j], grounds[k])
					platforms(t, img, note)
				}
				kinds, seen = append(kinds, kind{i, j, k}), append(seen, NewLikeness(img))
			}
		}
	}
	for n, a := range kinds {
		for m, b := range kinds[:n] {
			emblem, colours := "another emblem", "in other colours"
			if a.logo == b.logo {
				emblem = "the same emblem"
			}
			switch {
			case a.ink == b.ink && a.ground == b.ground:
				colours = "in the same colours"
			case a.ink == b.ink:
				colours = "on another ground"
			case a.ground == b.ground:
				colours = "in another colour"
			}
			note("other: "+emblem+" "+colours, seen[n], seen[m])
		}
	}
	random := rand.New(rand.NewPCG(2026, 11))
	for range 10 { // what stands for photographs: ramps, patches and noise
		var c [6]float64
		for i := range c {
			c[i] = random.Float64()
		}
		photo := NewLikeness(painted(100, func(x, y float64) color.Color {
			v := func(i int) uint8 {
				return uint8(255 * (0.5 + 0.25*math.Sin(9*c[i]*x+7*c[i+1]*y+6*c[i+2]) + 0.25*math.Sin(23*c[i+1]*y*x+c[i+3]*9)) * (0.8 + 0.2*random.Float64()))
			}
			return color.NRGBA{v(0), v(1), v(2), 255}
		}))
		for _, a := range seen {
			note("other: a photograph", a, photo)
		}
	}

	t.Log("image, pairs, least, middle and most alike")
	for _, name := range slices.Sorted(maps.Keys(alike)) {
		a := slices.Sorted(slices.Values(alike[name]))
		t.Logf("| %s | %d | %.3f | %.3f | %.3f |", name, len(a), a[0], a[len(a)/2], a[len(a)-1])
	}
	for _, at := range []float64{0.93, 0.94, threshold, 0.96, 0.97, 0.98} {
		var right, wrong, same, other int
		for name, all := range alike {
			taken := 0
			for _, a := range all {
				if a >= at {
					taken++
				}
			}
			if strings.HasPrefix(name, "other: ") {
				wrong, other = wrong+taken, other+len(all)
			} else {
				right, same = right+taken, same+len(all)
			}
		}
		precision, recall := float64(right)/float64(right+wrong), float64(right)/float64(same)
		t.Logf("from %.2f: %d of %d found, %d of %d taken for them; precision %.3f, recall %.3f", at, right, same, wrong, other, precision, recall)
		if at == threshold && (precision < 0.995 || recall < 0.985) {
			t.Errorf("precision %.3f and recall %.3f, want 0.995 and 0.985", precision, recall)
		}
	}
}

// platforms notes what platforms make of an image.
func platforms(t *testing.T, img image.Image, note func(string, Likeness, Likeness)) {
	t.Helper()
	approved := NewLikeness(img)
	same := func(name string, img image.Image) { note("same: "+name, approved, NewLikeness(img)) }
	for _, side := range []int{200, 96, 48} {
		same(fmt.Sprintf("resized to %d", side), resized(img, side))
	}
	for _, q := range []int{90, 60, 30} {
		same(fmt.Sprintf("JPEG of quality %d", q), recompressed(t, img, q))
	}
	same("resized to 96, JPEG of quality 75", recompressed(t, resized(img, 96), 75))
	same("resized to 48, JPEG of quality 60", recompressed(t, resized(img, 48), 60))
	same("cropped to the circle, black around, JPEG", recompressed(t, cropped(img, color.Black), 75))
	same("cropped to the circle, nothing around", resized(cropped(img, color.Transparent), 128))
	same("placed 1 % to the side", moved(img, 0.01))
	var b bytes.Buffer
	if err := gif.Encode(&b, resized(img, 96), nil); err != nil {
		t.Fatal(err)
	}
	dithered, err := gif.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	same("resized to 96, GIF", dithered)
}
