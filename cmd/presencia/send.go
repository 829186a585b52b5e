package main

import "errors"

type sendReportCmd struct{}

func (cmd *sendReportCmd) Run() error { return errors.New("not built yet") }
