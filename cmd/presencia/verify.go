package main

import "errors"

type verifyReportCmd struct{}

func (cmd *verifyReportCmd) Run() error { return errors.New("not built yet") }
