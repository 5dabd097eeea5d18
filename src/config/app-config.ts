// oxlint-disable no-restricted-imports
import type { Configuration } from '../configuration.js';

/** All slices as one object, for what has not been given its own slice yet. */
export class AppConfig {
  readonly profile;
  readonly server;
  readonly auth;
  readonly tenantSharing;
  readonly sockets;
  readonly tts;
  readonly audio;
  readonly chat;
  readonly annotation;
  readonly transcription;
  readonly worker;
  readonly logging;

  constructor(readonly slices: Configuration) {
    const config = this.slices;
    this.profile = config.process.profile;
    this.server = { ...config.process, ...config.server };
    this.auth = config.auth;
    this.tenantSharing = config.auth.tenantSharing;
    this.sockets = config.sockets;
    this.tts = config.tts;
    this.audio = config.audio;
    this.chat = config.chat;
    this.annotation = config.annotation;
    this.transcription = config.transcription;
    this.worker = config.worker;
    this.logging = config.logging;
  }
}
