package app

import "context"

// workspaceIDs lists every workspace for the figures, which are counted from their logs.
func (a *App) workspaceIDs(ctx context.Context) ([]string, error) {
	list, err := a.Workspaces.All(ctx)
	ids := make([]string, 0, len(list))
	for _, w := range list {
		ids = append(ids, w.ID)
	}
	return ids, err
}

// names are those of a workspace's members and devices, for tables that people read.
func (a *App) names(ctx context.Context, workspaceID string) (map[string]string, error) {
	members, err := a.Members.List(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	devices, err := a.Devices.List(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(members)+len(devices))
	for _, m := range members {
		out[m.ID] = m.Name
	}
	for _, d := range devices {
		out[d.ID] = d.Name
	}
	return out, nil
}
