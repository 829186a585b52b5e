package reports

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// rgb is a colour with parts from 0 to 1.
type rgb [3]float64

var hexColour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// parseColour reads #rrggbb.
func parseColour(s string) (c rgb, ok bool) {
	if !hexColour.MatchString(s) {
		return c, false
	}
	for i := range c {
		n, err := strconv.ParseUint(s[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return c, false
		}
		c[i] = float64(n) / 255
	}
	return c, true
}

func (c rgb) String() string {
	var n [3]int
	for i, x := range c {
		n[i] = int(math.Round(255 * min(1, max(0, x))))
	}
	return fmt.Sprintf("#%02x%02x%02x", n[0], n[1], n[2])
}

// linear undoes the curve of sRGB.
func (c rgb) linear() (l rgb) {
	for i, x := range c {
		if x <= 0.04045 {
			l[i] = x / 12.92
		} else {
			l[i] = math.Pow((x+0.055)/1.055, 2.4)
		}
	}
	return l
}

// luminance is that of WCAG 2.2.
func (c rgb) luminance() float64 {
	l := c.linear()
	return 0.2126*l[0] + 0.7152*l[1] + 0.0722*l[2]
}

// contrast is the ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// oklch is a colour by lightness, chroma and hue as the eye has them (Björn Ottosson, 2020).
type oklch struct{ l, c, h float64 }

func (c rgb) oklch() oklch {
	lin := c.linear()
	l := math.Cbrt(0.4122214708*lin[0] + 0.5363325363*lin[1] + 0.0514459929*lin[2])
	m := math.Cbrt(0.2119034982*lin[0] + 0.6806995451*lin[1] + 0.1073969566*lin[2])
	s := math.Cbrt(0.0883024619*lin[0] + 0.2817188376*lin[1] + 0.6299787005*lin[2])
	a := 1.9779984951*l - 2.4285922050*m + 0.4505937099*s
	b := 0.0259040371*l + 0.7827717662*m - 0.8086757660*s
	return oklch{0.2104542553*l + 0.7936177850*m - 0.0040720468*s, math.Hypot(a, b), math.Atan2(b, a)}
}

// rgb is the colour on a screen, paler where a screen has none so strong.
func (o oklch) rgb() rgb {
	for chroma := o.c; ; chroma *= 0.95 {
		if chroma < 1e-3 {
			chroma = 0
		}
		a, b := chroma*math.Cos(o.h), chroma*math.Sin(o.h)
		l, m, s := o.l+0.3963377774*a+0.2158037573*b, o.l-0.1055613458*a-0.0638541728*b, o.l-0.0894841775*a-1.2914855480*b
		l, m, s = l*l*l, m*m*m, s*s*s
		lin := rgb{4.0767416621*l - 3.3077115913*m + 0.2309699292*s, -1.2684380046*l + 2.6097574011*m - 0.3413193965*s, -0.0041960863*l - 0.7034186147*m + 1.7076147010*s}
		inside := true
		var c rgb
		for i, x := range lin {
			inside = inside && x > -1e-4 && x < 1+1e-4
			if x = min(1, max(0, x)); x <= 0.0031308 {
				c[i] = 12.92 * x
			} else {
				c[i] = 1.055*math.Pow(x, 1/2.4) - 0.055
			}
		}
		if inside || chroma == 0 {
			return c
		}
	}
}

// readable is a colour of the same hue that stands out from every ground by the ratio least: itself where it does, else darker or
// lighter, whichever leads away from them. What is answered holds as it is written, in whole bytes.
func readable(c rgb, least float64, grounds ...rgb) rgb {
	dark := 0
	for _, g := range grounds {
		if g.luminance() < 0.18 {
			dark++
		}
	}
	step := -0.004
	if dark > 0 {
		step = -step
	}
	at := c.oklch()
	for {
		enough := true
		for _, g := range grounds {
			enough = enough && contrast(c, g) >= least
		}
		if enough || at.l < 0 || at.l > 1 {
			return c
		}
		at.l += step
		c, _ = parseColour(at.rgb().String())
	}
}
