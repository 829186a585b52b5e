package pipeline

import (
	"image"
	"image/color"
	"testing"
)

// drawing is a disc of one colour on a ground.
func drawing(side int, disc, ground color.Color) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			c := ground
			if dx, dy := 2*x-side, 2*y-side; dx*dx+dy*dy < side*side/4 {
				c = disc
			}
			img.Set(x, y, c)
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
