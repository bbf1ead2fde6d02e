# syntax=docker/dockerfile:1

# ── The pages: widget, console and demo, built once ──────────────────────────────────────────────────────────────────
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The build tools are among the dependencies (`npm start` builds what is stale), the tests' tools are not needed here.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev
COPY . .
# The image has its own Node 24; the one that npm brought for older systems stays behind.
RUN npm run build && rm -rf node_modules/node node_modules/.bin/node

# ── What runs ────────────────────────────────────────────────────────────────────────────────────────────────────────
FROM node:24-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    FRONTDESK_DATA=/data \
    FRONTDESK_CONFIG=/app/config
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY migrations ./migrations
COPY schema ./schema
COPY config ./config
COPY src ./src
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 3000

HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

# No tini: src/node.ts handles SIGTERM and SIGINT itself, also as process 1, finishes what is on the wire and starts no children
# that would have to be reaped. `node` directly and not `npm start`, since npm would stand between the signal and the server.
STOPSIGNAL SIGTERM
CMD ["node", "src/node.ts"]
