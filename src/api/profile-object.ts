import type { Profile } from '../domain/people';

export function toProfileObject(profile: Profile): object {
  return { name: profile.name, avatar_url: profile.avatarUrl };
}
