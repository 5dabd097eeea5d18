import { Injectable } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import type { z } from 'zod';
import {
  DescribeEvents,
  type EventDescription,
  type GatewayDescription,
} from '../common/api-description/describe.decorator.js';
import { socketErrorSchema } from '../common/api-description/error-schemas.js';
import { SchemaWriter, type JsonSchema } from '../common/api-description/schema-writer.js';

const DESCRIPTION = `Socket.io events on the default namespace, path /socket.io. Every event of a client may carry an acknowledgement
callback: it gets \`{"ok": true}\` with the fields of \`x-ack\`, or \`{"ok": false}\` with the fields of \`Error\`. Positions are samples at
16 kHz since the start of the session.`;

/** The AsyncAPI document of the gateways that this server has: what their descriptions and schemas say. */
@Injectable()
export class AsyncApiDocument {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
  ) {}

  create(): JsonSchema {
    const gateways = this.discovery
      .getProviders()
      .flatMap(({ metatype }) => (metatype ? [this.reflector.get(DescribeEvents, metatype)] : []))
      .filter((gateway) => gateway !== undefined);
    const { write: describe, components: schemas } = new SchemaWriter();
    const received = eventsOf(gateways, 'fromClient');
    const sent = eventsOf(gateways, 'fromServer');
    const messages = Object.fromEntries([
      ...received.map(([name, event]) => [name, messageOf(name, event, 'input', describe)]),
      ...sent.map(([name, event]) => [name, messageOf(name, event, 'output', describe)]),
    ]) as Record<string, JsonSchema>;
    schemas['Error'] = describe(socketErrorSchema, 'output');
    return {
      asyncapi: '3.0.0',
      info: { title: 'Parley sockets', version: '1.0.0', description: DESCRIPTION },
      defaultContentType: 'application/json',
      channels: {
        socket: {
          address: '/socket.io',
          messages,
        },
      },
      operations: {
        receive: operationOf('receive', received),
        send: operationOf('send', sent),
      },
      components: { schemas },
    };
  }
}

type NamedEvent = [name: string, event: EventDescription];

function eventsOf(gateways: readonly GatewayDescription[], from: keyof GatewayDescription): NamedEvent[] {
  return gateways.flatMap((gateway) => Object.entries(gateway[from]));
}

function operationOf(action: 'receive' | 'send', events: readonly NamedEvent[]): JsonSchema {
  return {
    action,
    channel: { $ref: '#/channels/socket' },
    messages: events.map(([name]) => ({ $ref: `#/channels/socket/messages/${name}` })),
  };
}

function messageOf(
  name: string,
  { summary, payload, acknowledgement }: EventDescription,
  io: 'input' | 'output',
  describe: (schema: z.ZodType, io: 'input' | 'output') => JsonSchema,
): JsonSchema {
  return {
    name,
    summary,
    payload: describe(payload, io),
    ...(acknowledgement && { 'x-ack': describe(acknowledgement, 'output') }),
  };
}
