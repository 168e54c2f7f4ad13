package config

import (
	"time"

	"github.com/robfig/cron/v3"
)

// schedule reports a cron line of five fields that some day comes true.
func schedule(line string) bool {
	fields := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	s, err := fields.Parse(line)
	return err == nil && !s.Next(time.Unix(0, 0).UTC()).IsZero()
}
