package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/pingcrm/pingcrm/internal/governor/month"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
)

// monthCommand prints thirty days of a shop.
const monthCommand = "month"

func runMonth(args []string) error {
	plan := month.Shop()
	flags := flag.NewFlagSet(monthCommand, flag.ContinueOnError)
	preset := flags.String("preset", string(pace.Normal), "cautious, normal or bold")
	flags.Uint64Var(&plan.Seed, "seed", plan.Seed, "of what is left to chance")
	flags.IntVar(&plan.Days, "days", plan.Days, "how long")
	flags.IntVar(&plan.Customers, "customers", plan.Customers, "who write each day")
	flags.IntVar(&plan.Contacts, "contacts", plan.Contacts, "whom a broadcast goes to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if plan.Policy = pace.Of(pace.Preset(*preset)); string(plan.Policy.Preset) != *preset || plan.Policy.Free() {
		return fmt.Errorf("there is no preset %q to simulate", *preset)
	}
	report, err := month.Run(plan)
	if err != nil {
		return err
	}
	return report.Print(os.Stdout)
}
