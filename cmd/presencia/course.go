package main

type courseCmd struct {
	Plan coursePlanCmd `cmd:"" help:"Write the plan of an evaluation, before the data are looked at."`
}

type coursePlanCmd struct {
	Course string `arg:"" help:"The course's id in the register." placeholder:"ID"`
}

// Run writes the plan.
func (cmd *coursePlanCmd) Run(p *program, c *cli) error { return nil }
