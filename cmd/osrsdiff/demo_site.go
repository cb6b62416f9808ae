package main

import (
	"context"
	"errors"
)

func (u *upRun) startSite() (string, error) { return "", errors.New("the demo has no site yet") }

func (u *upRun) addDemoPlayers(context.Context) error { return nil }
