// The input x[B][C][H][W], zero outside each image.
layout(set = 0, binding = BINDING_X, std430) readonly buffer InputTensor {
    float x[];
};

// Where an element lies, or would lie if each image went on past its edges: the next row's is WIDTH further. Before the first
// element it wraps, and back again with the rows that are added.
uint x_index(uint image, uint channel, int row, int column) {
    return ((image * IN_CHANNELS + channel) * HEIGHT + uint(row)) * WIDTH + uint(column);
}

// The element at `place`, its x_index.
float load_x_at(uint place, int row, int column) {
    // One way out: inlined, a return from within becomes a construct round each load, over which SwiftShader's compiler
    // takes minutes.
    float element = 0.0;
    // A negative row becomes a large unsigned one: one comparison serves both edges.
    if (uint(row) < HEIGHT && uint(column) < WIDTH) {
        element = x[place];
    }
    return element;
}

float load_x(uint image, uint channel, int row, int column) {
    return load_x_at(x_index(image, channel, row, column), row, column);
}
