// Package archtest owns the tests about the source itself: who may import whom, that every SQL text compiles on
// both engines and stays in its workspace, and the habits of the style card that a machine can check.
//
// Each rule has its reason beside it, and each check has a test in which a small wrong example is found. Where a
// rule must be broken, the place says so and why, in a comment directly above it:
//
//	//arch:global REASON   a package-level variable that is written, or whose value is built by a call
//	//arch:bool REASON     a bool parameter of an exported function
//	//arch:sleep REASON    time.Sleep in a test
//	//sql:global REASON    a statement on a workspace's table that deliberately goes over all workspaces
//	//sql:built REASON     a statement put together at run time, which can't be compiled here
//	//sql:sqlite, //sql:postgres   one of a pair of texts for engines that must differ
package archtest
