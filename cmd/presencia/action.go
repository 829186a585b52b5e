package main

import "errors"

type actionCmd struct{}

func (cmd *actionCmd) Run() error { return errors.New("not built yet") }
