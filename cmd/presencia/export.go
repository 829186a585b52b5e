package main

import "errors"

type exportCmd struct{}

func (cmd *exportCmd) Run() error { return errors.New("not built yet") }
