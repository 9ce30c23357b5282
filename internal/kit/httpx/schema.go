package httpx

import (
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// schemaName calls a type in the document by its package and name, so that packages need not agree on names: the
// Change of package member is MemberChange, its Member is Member, a List of it is ListMember.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" || t.PkgPath() == "" {
		return huma.DefaultSchemaNamer(t, hint)
	}
	name, args, _ := strings.Cut(t.Name(), "[")
	out := typeWord(t.PkgPath(), name)
	for arg := range strings.SplitSeq(strings.TrimRight(args, "]"), ",") {
		dot := strings.LastIndexByte(arg, '.')
		out += typeWord(arg[:max(dot, 0)], strings.TrimLeft(arg[dot+1:], "*[]"))
	}
	return out
}

func typeWord(pkgPath, name string) string {
	pkg := path.Base(pkgPath)
	if pkg == "httpx" || pkg == "." || strings.EqualFold(pkg, name) || name == "" {
		return capital(name)
	}
	return capital(pkg) + capital(name)
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
