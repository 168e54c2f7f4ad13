package broker

// HouseRules are what a page says to people who choose a password or register.
type HouseRules struct {
	MinPassword int  // least length of a password, in characters
	Confirm     bool // a registration waits until its address is confirmed
}

// HouseRules returns the rules of now.
func (b *Broker) HouseRules() HouseRules {
	return HouseRules{MinPassword: b.minPassword(), Confirm: b.Membership.Confirm}
}
