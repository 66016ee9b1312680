import { hrefOf } from '../route';
import { useFormats, useTexts } from '../texts/language';
import { stacksOf, systemOf, type Phone, type Shown } from './shown';

/** The lock screen of one phone. `data-platform` and `data-provider` decide how it looks. */
export function LockScreen({ phone }: { phone: Phone }) {
  const { phones } = useTexts();
  const name = `${phone.uid} · ${phone.deviceId}`;
  const system = systemOf(phone) ?? phones.browser;
  const stacks = stacksOf(phone.notifications);
  return (
    <article
      class="phone"
      data-platform={phone.platform}
      data-provider={phone.provider}
      aria-label={`${name} · ${system}`}
    >
      <header>
        <h2>{phone.deviceId}</h2>
        <p>
          {phone.uid} · {system} ({phone.provider})
          {phone.locale !== null && ` · ${phones.language(phone.locale)}`}
        </p>
        {phone.badge !== null && phone.badge > 0 && (
          <span class="badge" role="img" aria-label={phones.badge(phone.badge)}>
            {phone.badge}
          </span>
        )}
      </header>
      <div
        class="screen"
        role="region"
        aria-label={phones.notifications(name)}
        aria-live="polite"
        tabIndex={0}
      >
        {stacks.length === 0 && <p class="nothing">{phones.nothing}</p>}
        {stacks.map((stack) => (
          <Stack key={stack[0]?.thread_id ?? stack[0]?.number} stack={stack} locale={phone.locale} />
        ))}
      </div>
    </article>
  );
}

function Stack({ stack, locale }: { stack: readonly Shown[]; locale: string | null }) {
  const { phones } = useTexts();
  const [top, ...below] = stack;
  if (top === undefined) return null;
  return (
    <div class="stack" data-depth={Math.min(2, below.length)}>
      <NotificationCard shown={top} locale={locale} />
      {below.length > 0 && (
        <details>
          <summary>{phones.more(below.length)}</summary>
          {below.map((shown) => (
            <NotificationCard key={shown.number} shown={shown} locale={locale} />
          ))}
        </details>
      )}
    </div>
  );
}

function NotificationCard({ shown, locale }: { shown: Shown; locale: string | null }) {
  const { phones } = useTexts();
  const { time } = useFormats();
  const { title, subtitle, body, image_url: image, message_id: messageId } = shown;
  return (
    <div class="notification" data-level={shown.level}>
      <p class="from">
        <time dateTime={shown.at}>{time(shown.at)}</time>
        {!shown.sound && ` · ${phones.silent}`}
      </p>
      <div lang={locale ?? undefined} dir="auto">
        <p class="title">{title ?? (shown.kind === 'call' ? phones.call : '')}</p>
        {subtitle !== null && <p class="subtitle">{subtitle}</p>}
        {body !== null && <p class="body">{body}</p>}
      </div>
      {image !== null && <img src={image} alt={phones.image} referrerPolicy="no-referrer" />}
      {messageId !== null && (
        <a class="trace" href={hrefOf('messages', messageId)}>
          {phones.trace}
        </a>
      )}
    </div>
  );
}
