package main

import "errors"

type accountReportCmd struct{}

func (cmd *accountReportCmd) Run() error { return errors.New("not built yet") }
