// The input x[B][C][H][W], zero outside each image.
layout(set = 0, binding = BINDING_X, std430) readonly buffer InputTensor {
    float x[];
};

float load_x(uint image, uint channel, int row, int column) {
    // One way out: inlined, a return from within becomes a construct round each load, over which SwiftShader's compiler
    // takes minutes.
    float element = 0.0;
    // A negative row becomes a large unsigned one: one comparison serves both edges.
    if (uint(row) < HEIGHT && uint(column) < WIDTH) {
        element = x[((image * IN_CHANNELS + channel) * HEIGHT + uint(row)) * WIDTH + uint(column)];
    }
    return element;
}
