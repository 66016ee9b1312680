# syntax=docker/dockerfile:1
# A fixed version. The hosted workflow resolves its digest. --build-arg NODE_IMAGE=node@sha256:… pins the content too.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY clients ./clients
COPY scripts ./scripts
COPY docs/errors.md docs/runbook.md ./docs/
COPY docs/zh-CN/errors.md docs/zh-CN/runbook.md ./docs/zh-CN/
COPY src ./src
RUN npm run build && rm -f dist/.tsbuildinfo

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Types and source maps are a third of the dependencies' size. Nothing reads them at run time.
RUN npm ci --omit=dev \
    && find node_modules -type f \
       \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.flow' \) -delete

FROM ${NODE_IMAGE}
ARG VERSION=0.2.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.documentation="docs/deploy.md in the source" \
      org.opencontainers.image.title="wukongim-push-relay" \
      org.opencontainers.image.description="Turns WuKongIM webhooks into push notifications (APNs, FCM, Web Push, makers of mainland China), and loses none" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATA_DIR=/data \
    NODE_OPTIONS=--max-old-space-size=512 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_ARENA_MAX=2
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY proto ./proto
COPY clients ./clients
# The demo replays them.
COPY test/fixtures/wukongim ./test/fixtures/wukongim
# A new volume takes owner and mode from here. Only the demo writes elsewhere: to /tmp.
RUN ln -s /app/dist/main.js /usr/local/bin/wukongim-push-relay \
    && chmod 0755 dist/main.js \
    && install -d -o node -g node -m 0700 /data
VOLUME /data
# The user `node`, by number, so that an orchestrator can verify that it is not root.
USER 1000:1000
EXPOSE 8080
# Node is process 1 and handles SIGTERM. It starts no children. npm or a shell as process 1 would not forward signals.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Not in NODE_OPTIONS, which does not take it. V8 would create more and more objects where only a full collection frees them.
ENTRYPOINT ["node", "--no-allocation-site-pretenuring", "/app/dist/main.js"]
CMD ["serve"]
