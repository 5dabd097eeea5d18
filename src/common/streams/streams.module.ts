import { Module, type DynamicModule } from '@nestjs/common';
import { OpenStreams, type ShutdownTimes } from './open-streams.js';

@Module({})
export class StreamsModule {
  static register(times: ShutdownTimes): DynamicModule {
    return {
      module: StreamsModule,
      global: true,
      providers: [{ provide: OpenStreams, useFactory: () => new OpenStreams(times) }],
      exports: [OpenStreams],
    };
  }
}
