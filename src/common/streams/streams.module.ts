import { Module, type DynamicModule } from '@nestjs/common';
import { OpenStreams } from './open-streams.js';

@Module({})
export class StreamsModule {
  static register(graceMs: number): DynamicModule {
    return {
      module: StreamsModule,
      global: true,
      providers: [{ provide: OpenStreams, useFactory: () => new OpenStreams(graceMs) }],
      exports: [OpenStreams],
    };
  }
}
