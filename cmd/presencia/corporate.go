package main

import (
	"fmt"

	"presencia/pipeline"
	"presencia/pipeline/register"
	"presencia/reports"
)

// corporate is the look of the institution with its files read.
func corporate(path string, in pipeline.Institution) (look reports.Look, err error) {
	look = reports.Look{Colour: in.Look.Colour, Accent: in.Look.Accent, Typeface: in.Look.Typeface, LogoText: in.Name}
	if in.Look.Logo != "" {
		if look.Logo, look.LogoType, err = register.File(path, in.Look.Logo); err != nil {
			return look, withCode(exitConfig, fmt.Errorf("institution.look.logo: %w", err))
		}
	}
	if in.Look.Font != "" {
		if look.Font, _, err = register.File(path, in.Look.Font); err != nil {
			return look, withCode(exitConfig, fmt.Errorf("institution.look.font: %w", err))
		}
	}
	return look, nil
}

// corrected says of a colour why it does not stand in the report as the register has it.
func corrected(c reports.Correction) string {
	where := "on white and on paper"
	if c.Dark {
		where = "on the dark page of readers whose screen is dark"
	}
	return fmt.Sprintf("institution.look.%s: %s cannot be read %s (its contrast is %.1f, and at least 4.5 is needed): %s stands there instead", c.Field, c.Given, where, c.Contrast, c.Used)
}
