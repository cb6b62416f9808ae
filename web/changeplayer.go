package web

import (
	"context"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

type changePlayerInput struct {
	PlayerPath
	Body struct {
		Name   *string   `json:"name,omitempty" doc:"another spelling, or the name after a rename in the game"`
		Every  *interval `json:"every,omitempty"`
		Mode   *string   `json:"mode,omitempty" enum:"regular,ironman,hardcore_ironman,ultimate_ironman"`
		Paused *bool     `json:"paused,omitempty"`
	}
}

func (in changePlayerInput) patch() (store.PlayerPatch, error) {
	patch := store.PlayerPatch{Paused: in.Body.Paused}
	if in.Body.Name != nil {
		name, err := player.ParseName(*in.Body.Name)
		if err != nil {
			return patch, invalid("body.name", *in.Body.Name, err)
		}
		patch.Name = &name
	}
	if in.Body.Every != nil {
		every, err := player.ParseInterval(string(*in.Body.Every))
		if err != nil {
			return patch, invalid("body.every", string(*in.Body.Every), err)
		}
		patch.Every = &every
	}
	if in.Body.Mode != nil {
		mode := player.Mode(*in.Body.Mode)
		patch.Mode = &mode
	}
	return patch, nil
}

func (s *service) changePlayer(ctx context.Context, in *changePlayerInput) (*playerOutput, error) {
	name, err := pathName(in.Name)
	if err != nil {
		return nil, err
	}
	patch, err := in.patch()
	if err != nil {
		return nil, err
	}
	p, err := s.Registrar.Change(ctx, name, patch)
	if err != nil {
		return nil, err // says what was asked already
	}
	return &playerOutput{Body: s.view(ctx, p)}, nil
}

type removePlayerInput struct {
	PlayerPath
	Purge bool `query:"purge" doc:"true deletes the history at once, also that of a player removed before"`
}

func (s *service) removePlayer(ctx context.Context, in *removePlayerInput) (*struct{}, error) {
	name, err := pathName(in.Name)
	if err != nil {
		return nil, err
	}
	if in.Purge {
		return nil, s.Purger.Purge(ctx, name)
	}
	if _, err := s.Registrar.Remove(ctx, name); err != nil {
		return nil, err // says what was asked already
	}
	return nil, nil
}
